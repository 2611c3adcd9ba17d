/** One HTTP call: a request with its response, shared by every version of the protocol (RFC 9110). */

import type { JsonObject, Micros, ProtocolId } from '@kubeshark/model';
import type { CallGroup } from '../dissect/call-group.ts';
import type { Description, Exchange, WrittenDescription } from '../dissect/dissector.ts';
import { describeHttp } from './describe.ts';
import type { HttpExchange } from './exchange.ts';
import type { HttpMessage, RequestHead, ResponseHead } from './message.ts';
import type { Refinement } from './refiner.ts';
import type { Refiners } from './refiners.ts';
import { endpointOf } from './target.ts';
import { WrittenHttp } from './written.ts';

/** Filled for each call that is written. */
const written = new WrittenHttp();

/** What all calls of one stream have in common. */
export interface HttpCallContext {
  readonly protocol: 'http' | 'http2';
  readonly refiners: Refiners;
  /** Body bytes shown of each half. */
  readonly maxBodyBytes: number;
}

export class HttpCall implements Exchange, HttpExchange {
  private context: HttpCallContext;
  request: HttpMessage<RequestHead> | null = null;
  response: HttpMessage<ResponseHead> | null = null;
  interim: HttpMessage<ResponseHead>[] | null = null;
  failure = '';
  /** Bytes lost where the missing half would have been. */
  lost = 0;
  private refinement: Refinement | null = null;
  /** The call behind it in the {@link CallQueue} it waits in. */
  next: HttpCall | null = null;

  constructor(context: HttpCallContext) {
    this.context = context;
  }

  /** Becomes a new call. */
  begin(context: HttpCallContext): this {
    this.context = context;
    this.request = null;
    this.response = null;
    this.interim = null;
    this.failure = '';
    this.lost = 0;
    this.refinement = null;
    this.next = null;
    return this;
  }

  /** What it borrowed of the chunk goes away: copies it. */
  keep(): void {
    this.request?.keep();
    this.response?.keep();
    if (this.interim !== null) for (const interim of this.interim) interim.keep();
  }

  /** It was given out. */
  leave(): void {
    this.request?.leave();
    this.response?.leave();
  }

  /** Asks the refiners, once nothing more will come. */
  finish(): this {
    const { request, response } = this;
    const refiners = this.context.refiners.of(request?.head.mime() ?? '', response?.head.mime() ?? '');
    for (let i = 0; i < refiners.length && this.refinement === null; i++) {
      this.refinement = refiners[i]?.refine(this) ?? null;
    }
    return this;
  }

  get protocol(): ProtocolId {
    return this.refinement?.protocol ?? this.context.protocol;
  }

  get requestStart(): Micros | null {
    return this.request?.start ?? null;
  }

  get requestEnd(): Micros | null {
    return this.request?.end ?? null;
  }

  get responseStart(): Micros | null {
    return this.response?.start ?? null;
  }

  get responseEnd(): Micros | null {
    return this.response?.end ?? null;
  }

  get requestSize(): number {
    return this.request?.size ?? 0;
  }

  get responseSize(): number {
    return this.response?.size ?? 0;
  }

  get status(): number | string | null {
    const refined = this.refinement?.status;
    return refined === undefined ? (this.response?.head.status ?? null) : refined;
  }

  get error(): boolean {
    return this.failure !== '' || (this.response?.head.status ?? 0) >= 400 || (this.refinement?.error ?? false);
  }

  get gap(): number {
    return (this.request?.gap ?? 0) + (this.response?.gap ?? 0) + this.lost;
  }

  get truncated(): boolean {
    return (this.request?.isCut ?? false) || (this.response?.isCut ?? false);
  }

  /** Values of the protocol that carried it. */
  get data(): Readonly<Record<string, JsonObject>> | null {
    return null;
  }

  endpoint(): string {
    return this.refinement?.endpoint?.() ?? this.plainEndpoint;
  }

  group(): CallGroup | null {
    const { refinement } = this;
    return (refinement === null ? this.request?.head.group?.() : refinement.group?.()) ?? null;
  }

  get plainEndpoint(): string {
    const head = this.request?.head;
    if (head === undefined) return `HTTP ${this.response?.head.status ?? '?'}`;
    return head.endpoint?.() ?? endpointOf(head.method, head.target);
  }

  describe(): Description {
    const { context, refinement } = this;
    const plain = describeHttp(this, context.maxBodyBytes);
    if (refinement === null) return { protocols: this.protocols, ...plain };
    const { request, response, data, ...rest } = refinement.describe();
    return {
      protocols: this.protocols,
      ...plain,
      ...(refinement.endpoint !== undefined && { endpoint: refinement.endpoint() }),
      ...rest,
      request: plain.request && { ...plain.request, ...request },
      response: plain.response && { ...plain.response, ...response },
      data: { ...plain.data, ...data },
    };
  }

  written(): WrittenDescription | null {
    const { protocols, refinement } = this;
    return written.of(this, { protocols, refinement, limit: this.context.maxBodyBytes });
  }

  private get protocols(): readonly ProtocolId[] {
    return protocolsOf(this.context.protocol, this.refinement?.protocol);
  }
}

const HTTP: readonly ProtocolId[] = ['http'];
const HTTP2: readonly ProtocolId[] = ['http2', 'http'];
const refined = new Map<readonly ProtocolId[], Map<ProtocolId, readonly ProtocolId[]>>();

/** The protocols of a call, most specific first; one list for all that have the same. */
function protocolsOf(carrier: HttpCallContext['protocol'], protocol: ProtocolId | undefined): readonly ProtocolId[] {
  const carriers = carrier === 'http' ? HTTP : HTTP2;
  if (protocol === undefined) return carriers;
  const known = refined.get(carriers)?.get(protocol);
  if (known !== undefined) return known;
  const all = [protocol, ...carriers];
  refined.set(carriers, (refined.get(carriers) ?? new Map<ProtocolId, readonly ProtocolId[]>()).set(protocol, all));
  return all;
}
