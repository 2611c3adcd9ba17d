/** What is known of one request with its answer: the numbers at once, the bytes kept for whoever looks closer. */

import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Facts } from './scan.ts';
import { apiOf } from './schema.ts';
import type { TopicNames } from './topic-names.ts';

/** The message of one half, its header read: a copy, cut at `maxBodyBytes`. */
export interface Kept {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Version its fields are read by; an answer may have another one than asked for. */
  readonly version: number;
}

/** What a SASL exchange tells beside its tokens. */
export interface Login {
  readonly mechanism: string | undefined;
  readonly user: string | undefined;
}

export interface RequestFacts {
  /** -1 for a token without a header. */
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
}

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'kafka';
  /** Undefined when the request was not seen: then nobody knows what the answer is of. */
  readonly header: RequestFacts | undefined;
  readonly names: TopicNames;
  readonly maxBodyBytes: number;
  requestFacts: Facts | null = null;
  responseFacts: Facts | null = null;
  request: Kept | null = null;
  response: Kept | null = null;
  login: Login | null = null;
  /** Topics of an incremental fetch that names none itself. */
  sessionTopics: readonly string[] = [];
  /** Why there is no answer, when there should be one. */
  missing: string | undefined;

  constructor(header: RequestFacts | undefined, names: TopicNames, maxBodyBytes: number) {
    super();
    this.header = header;
    this.names = names;
    this.maxBodyBytes = maxBodyBytes;
  }

  get apiName(): string {
    if (this.header === undefined) return 'Response';
    const { apiKey } = this.header;
    return apiKey < 0 ? 'SaslToken' : (apiOf(apiKey)?.name ?? `API ${apiKey}`);
  }

  get status(): number | null {
    return this.responseFacts === null ? null : this.responseFacts.errorCode;
  }

  get error(): boolean {
    return this.missing !== undefined || (this.responseFacts !== null && this.responseFacts.errorCode !== 0);
  }

  /** The topic or group most calls of its kind are about. */
  get subject(): string {
    const { requestFacts, responseFacts } = this;
    if (requestFacts === null) return '';
    if (requestFacts.group !== '') return requestFacts.group;
    if (requestFacts.topic !== '') return requestFacts.topic;
    const id = requestFacts.topicId ?? this.sessionTopics[0] ?? responseFacts?.topicId ?? null;
    return id === null ? '' : (this.names.of(id) ?? id);
  }

  endpoint(): string {
    return endpointOf(this.apiName, this.subject);
  }
}

/** Endpoints are asked for of every call: each is made once. Full, a table starts again. */
const MAX_ENDPOINTS = 4096;
const endpoints = new Map<string, Map<string, string>>();
let endpointCount = 0;

function endpointOf(apiName: string, subject: string): string {
  if (subject === '') return apiName;
  let known = endpoints.get(apiName);
  let endpoint = known?.get(subject);
  if (endpoint !== undefined) return endpoint;
  if (++endpointCount > MAX_ENDPOINTS) {
    endpoints.clear();
    endpointCount = 1;
    known = undefined;
  }
  if (known === undefined) {
    known = new Map();
    endpoints.set(apiName, known);
  }
  endpoint = `${apiName} ${subject}`;
  known.set(subject, endpoint);
  return endpoint;
}
