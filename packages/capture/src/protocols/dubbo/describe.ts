/** What calls of Dubbo look like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { Slab } from '../../decode/slab.ts';
import { traceIdOf } from '../../decode/trace.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description, Span } from '../../dissect/dissector.ts';
import { type Invocation, invocationOf, type Outcome, outcomeOf } from './bodies.ts';
import { type Message, serializations } from './wire.ts';

const MAX_SUMMARY = 200;
const OK = 20;
const copies = new Slab();

/** Response.java of Dubbo. */
const statusNames: Readonly<Record<number, string>> = {
  20: 'OK',
  25: 'SERIALIZATION_ERROR',
  30: 'CLIENT_TIMEOUT',
  31: 'SERVER_TIMEOUT',
  35: 'CHANNEL_INACTIVE',
  40: 'BAD_REQUEST',
  50: 'BAD_RESPONSE',
  60: 'SERVICE_NOT_FOUND',
  70: 'SERVICE_ERROR',
  80: 'SERVER_ERROR',
  90: 'CLIENT_ERROR',
  100: 'SERVER_THREADPOOL_EXHAUSTED_ERROR',
};

interface Kept {
  readonly body: Uint8Array;
  readonly serialization: number;
  readonly status: number;
}

export class DubboCall extends CountedExchange {
  readonly protocol = 'dubbo';
  readonly id: string;
  readonly isTwoWay: boolean;
  #asked: Kept | undefined;
  #replied: Kept | undefined;
  /** Read when somebody looks; the outcome for every call. */
  #outcome: Outcome | undefined;
  /** Why there is no reply, when there should be one. */
  missing: string | undefined;

  constructor({ id, isTwoWay }: Message) {
    super();
    this.id = id;
    this.isTwoWay = isTwoWay;
  }

  asks(message: Message, span: Span): void {
    this.#asked = kept(message);
    this.countRequest(message.size, span);
    this.truncated ||= message.body.length < message.length;
  }

  answers(message: Message, span: Span): void {
    this.#replied = kept(message);
    this.countResponse(message.size, span);
    this.truncated ||= message.body.length < message.length;
    this.#outcome = outcomeOf(message.body, message.serialization, message.status === OK);
  }

  get status(): number | string | null {
    if (this.#replied === undefined) return null;
    const { status } = this.#replied;
    return status !== OK ? status : this.#outcome?.kind === 'exception' ? 'exception' : 0;
  }

  get error(): boolean {
    return this.missing !== undefined || (this.#replied !== undefined && this.status !== 0);
  }

  get #invocation(): Invocation | undefined {
    return this.#asked === undefined ? undefined : invocationOf(this.#asked.body, this.#asked.serialization);
  }

  describe(): Description {
    const invocation = this.#invocation;
    const outcome = this.#outcome;
    const { method = '', service = '' } = invocation ?? {};
    const name = service === '' ? '' : `${service.slice(service.lastIndexOf('.') + 1)}.${method}`;
    const traceId =
      invocation &&
      traceIdOf({
        first: (key) => {
          const value = invocation.attachments[key];
          return typeof value === 'string' ? value : undefined;
        },
      });
    const errorText = this.error ? (this.missing ?? this.#errorText()) : undefined;
    const values = invocation?.arguments.map((value) => JSON.stringify(value)).join(', ') ?? '';
    const summary = name === '' ? this.#unread() : `${name}(${values})`;
    return {
      protocols: ['dubbo'],
      method: method === '' ? 'CALL' : method,
      endpoint: name === '' ? this.#unread() : name,
      summary: summary.length > MAX_SUMMARY ? `${summary.slice(0, MAX_SUMMARY)}…` : summary,
      ...(errorText !== undefined && { errorText }),
      request:
        this.#asked === undefined
          ? null
          : { size: this.requestSize, ...(invocation && { attachments: invocation.attachments }) },
      response:
        this.#replied === undefined
          ? null
          : {
              size: this.responseSize,
              status: this.status ?? 0,
              statusText: statusNames[this.#replied.status] ?? String(this.#replied.status),
              ...(outcome !== undefined &&
                Object.keys(outcome.attachments).length > 0 && { attachments: outcome.attachments }),
            },
      ...(traceId !== undefined && { traceId }),
      data: { dubbo: this.#data(invocation, outcome) },
    };
  }

  /** Of a serialization that is not read only the way it is written is known. */
  #unread(): string {
    const { serialization = 0 } = this.#asked ?? this.#replied ?? {};
    return serializations.get(serialization) ?? `serialization ${serialization}`;
  }

  #errorText(): string {
    const outcome = this.#outcome;
    const name = statusNames[this.#replied?.status ?? 0] ?? String(this.#replied?.status ?? '');
    if (outcome === undefined) return name;
    const text =
      outcome.kind === 'exception'
        ? exceptionText(outcome.value)
        : typeof outcome.value === 'string'
          ? outcome.value
          : '';
    const line = text.split('\n', 1)[0] ?? '';
    if (outcome.kind === 'exception') return line;
    return line === '' ? name : `${name}: ${line}`;
  }

  #data(invocation: Invocation | undefined, outcome: Outcome | undefined): JsonObject {
    const { serialization = 0 } = this.#asked ?? this.#replied ?? {};
    return {
      requestId: this.id,
      serialization: serializations.get(serialization) ?? String(serialization),
      ...(this.#asked !== undefined && { twoWay: this.isTwoWay }),
      ...(invocation !== undefined && {
        service: invocation.service,
        method: invocation.method,
        ...(invocation.serviceVersion !== '' && { serviceVersion: invocation.serviceVersion }),
        ...(invocation.dubboVersion !== '' && { version: invocation.dubboVersion }),
        parameterTypes: [...invocation.parameterTypes],
        arguments: [...invocation.arguments],
      }),
      ...(outcome?.kind === 'value' && { result: outcome.value }),
      ...(outcome?.kind === 'null' && { result: null }),
      ...(outcome?.kind === 'exception' && { exception: exceptionOf(outcome.value) }),
    };
  }
}

const kept = ({ body, serialization, status }: Message): Kept => ({ body: copies.keep(body), serialization, status });

const fieldOf = (value: JsonValue, name: string): string => {
  const found =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject)[name] : undefined;
  return typeof found === 'string' ? found : '';
};

/** `java.lang.IllegalArgumentException: no such order`. */
const exceptionText = (value: JsonValue): string =>
  [fieldOf(value, 'class'), fieldOf(value, 'detailMessage')].filter((part) => part !== '').join(': ') || 'exception';

/** Without its stack, which is long and about the server's own code. */
const exceptionOf = (value: JsonValue): JsonObject => ({
  class: fieldOf(value, 'class'),
  message: fieldOf(value, 'detailMessage'),
});
