/** What is known of one request with its answer: the numbers at once, the bytes kept for whoever looks closer. */

import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { HeldBytes } from '../../dissect/held-bytes.ts';
import { apiNameOf, type Client } from './client.ts';
import { groupOf, type KafkaGroup } from './group.ts';
import type { Plan } from './plan.ts';
import { Facts } from './scan.ts';
import type { Shape } from './shape.ts';
import { TopicNames } from './topic-names.ts';

/** The message of one half, its header read, cut at `maxBodyBytes`. */
export class Kept extends HeldBytes {
  /** What its fields are read by; an answer may have another version than asked for. */
  plan: Plan | null = null;
  /** What it is written by; null where it has to be read. */
  shape: Shape | null = null;

  override release(): void {
    super.release();
    this.plan = null;
    this.shape = null;
  }
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
  /** Null where it gives no id of itself. */
  readonly client: Client | null;
}

const NONE: readonly string[] = [];
const NO_TOPICS = new TopicNames();

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'kafka';
  /** Undefined when the request was not seen: then nobody knows what the answer is of. */
  header: RequestFacts | undefined;
  names = NO_TOPICS;
  maxBodyBytes = 0;
  requestFacts: Facts | null = null;
  responseFacts: Facts | null = null;
  request: Kept | null = null;
  response: Kept | null = null;
  login: Login | null = null;
  /** Topics of an incremental fetch that names none itself. */
  sessionTopics: readonly string[] = NONE;
  /** Why there is no answer, when there should be one. */
  missing: string | undefined;
  #group: KafkaGroup | null = null;
  /** Used again with the call. */
  protected readonly spare = {
    requestFacts: new Facts(),
    responseFacts: new Facts(),
    request: new Kept(),
    response: new Kept(),
  };

  /** What is found in the message of one half, and the message. */
  factsOf(side: 'request' | 'response', collects = false): Facts {
    const facts = side === 'request' ? this.spare.requestFacts : this.spare.responseFacts;
    if (side === 'request') this.requestFacts = facts;
    else this.responseFacts = facts;
    return facts.reset(collects);
  }
  keptOf(side: 'request' | 'response'): Kept {
    if (side === 'request') this.request = this.spare.request;
    else this.response = this.spare.response;
    return this.spare[side];
  }

  /** What it borrowed of the chunk goes away. */
  keep(): void {
    this.request?.keep();
    this.response?.keep();
  }

  /** Nobody looks at it any more. */
  protected clear(): void {
    this.forget();
    this.header = undefined;
    this.requestFacts = null;
    this.responseFacts = null;
    this.request = null;
    this.response = null;
    this.spare.request.release();
    this.spare.response.release();
    this.login = null;
    this.sessionTopics = NONE;
    this.missing = undefined;
    this.#group = null;
  }

  get apiName(): string {
    if (this.header === undefined) return 'Response';
    const { apiKey } = this.header;
    return apiKey < 0 ? 'SaslToken' : apiNameOf(apiKey);
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

  /** What it is grouped by. */
  group(): KafkaGroup {
    this.#group ??= groupOf(this.apiName, this.subject);
    return this.#group;
  }

  endpoint(): string {
    return this.group().endpoint;
  }
}
