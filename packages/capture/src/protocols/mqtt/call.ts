/** What is known of one call: the packets it is put together from, and the numbers once it is over. */

import type { JsonObject } from '@kubeshark/model';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Side, Span } from '../../dissect/dissector.ts';
import { BodyCollector } from '../../http/body.ts';
import { piece } from '../../json/json-writer.ts';
import { FIRST_ERROR } from './codes.ts';
import type { Properties } from './properties.ts';
import type { Topic } from './topic.ts';
import { CONNECT, PUBACK, packetNames } from './wire.ts';

/** Packets kept of one call behind its first; QoS 2 has three, and authentication some more. */
export const MAX_PACKETS = 64;

const versions: Readonly<Record<number, string>> = { 3: '3.1', 4: '3.1.1', 5: '5' };

/** What is known of the connection. */
export class Client {
  readonly clientId: string;
  readonly user: string | undefined;
  readonly version: number;
  #data: Uint8Array | undefined;
  #lastData: Uint8Array | undefined;

  constructor(clientId: string, user: string | undefined, version: number) {
    this.clientId = clientId;
    this.user = user;
    this.version = version;
  }

  /** As people write it; undefined for one that does not exist. */
  get versionText(): string | undefined {
    return versions[this.version];
  }

  /** All of it as members of an object, a comma before each. */
  get data(): Uint8Array {
    const { clientId, user, versionText: version } = this;
    this.#data ??= piece(`,${JSON.stringify({ clientId, user, version }).slice(1, -1)}`);
    return this.#data;
  }

  /** The same with the brace that closes the object. */
  get lastData(): Uint8Array {
    this.#lastData ??= piece(`${Buffer.from(this.data).toString()}}`);
    return this.#lastData;
  }
}

/** A list for each packet: most calls have one beside their first. */
const alone: readonly (readonly string[])[] = packetNames.map((name) => [name]);
/** What nearly every message is answered with. */
export const PUBACK_ALONE = alone[PUBACK];

const NO_FACTS: JsonObject = {};
const NOTHING: readonly never[] = [];

/** A call while it is put together; the session fills it. */
export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'mqtt';
  /** Type of the packet that began it. */
  type = 0;
  /** Who began it. */
  side: Side = 'client';
  client: Client | undefined;
  start = 0;
  end = 0;
  size = 0;
  answerStart: number | null = null;
  answerEnd: number | null = null;
  answerSize = 0;
  /** Packets of the other side, and of this one after the first: `PUBREC`, `PUBREL`, `PUBCOMP`. */
  packets: readonly string[] = NOTHING;
  topics: readonly string[] = NOTHING;
  /** Of a PUBLISH. */
  topic: Topic | undefined;
  qos: number | undefined;
  id: number | undefined;
  retain = false;
  /** Of a PUBLISH, as far as it is kept. */
  readonly payload = new BodyCollector(0);
  properties: Properties | undefined;
  /** What a CONNECT, and a DISCONNECT, say besides. */
  facts = NO_FACTS;
  answer: Properties | undefined;
  /** Codes of the answer: one, or one for each topic. */
  codes: readonly number[] = NOTHING;
  /** The same message again, because its acknowledgement did not come. */
  retries = 0;
  failure: string | undefined;
  /** Bytes of it are missing at its end. */
  isCut = false;
  /** Payload bytes shown. */
  limit = 0;
  status: number | null = null;
  error = false;

  /** Begins with a packet; `limit`: payload bytes shown. */
  protected begin(type: number, side: Side, { first, last }: Span, limit: number): void {
    this.type = type;
    this.side = side;
    this.start = first;
    this.end = last;
    this.limit = limit;
  }

  /** Another packet of the side that began it. */
  more(type: number, size: number): void {
    this.size += size;
    this.#follow(type);
  }

  /** A packet of the other side. */
  grow(type: number, size: number, { first, last }: Span): void {
    this.answerStart ??= first;
    this.answerEnd = last;
    this.answerSize += size;
    this.#follow(type);
  }

  #follow(type: number): void {
    const { packets } = this;
    if (packets.length === 0) this.packets = alone[type] ?? NOTHING;
    else if (packets.length < MAX_PACKETS) this.packets = [...packets, packetNames[type] ?? ''];
  }

  /** What the other side said of it. */
  explain(codes: readonly number[], properties: Properties): void {
    this.codes = codes;
    if (this.side === 'server') this.properties ??= properties;
    else this.answer = properties;
  }

  /** What it borrowed of the chunk goes away. */
  keep(): void {
    this.payload.keep();
  }

  /** It is whole now, or as whole as it will be. */
  finish(): void {
    const { side, start, end, size, answerStart, answerEnd, answerSize } = this;
    // What the server begins by itself is a response; that the client acknowledges it is told by `mqtt.ackMillis`.
    if (side === 'server') {
      this.responseStart = start;
      this.responseEnd = end;
      this.responseSize = size;
      this.requestSize = answerSize;
    } else {
      this.requestStart = start;
      this.requestEnd = end;
      this.requestSize = size;
      this.responseStart = answerStart;
      this.responseEnd = answerEnd;
      this.responseSize = answerSize;
    }
    this.truncated = this.isCut || this.payload.isCut;
    const failed = this.failureCode;
    this.status = failed ?? (answerStart === null && side === 'client' ? null : 0);
    this.error = this.failure !== undefined || failed !== undefined;
  }

  /** Codes of a CONNACK before version 5 are errors from 1 on. */
  get isOldRefusal(): boolean {
    return this.type === CONNECT && (this.client?.version ?? 5) < 5;
  }

  /** The first code that says that something failed. */
  get failureCode(): number | undefined {
    const { codes } = this;
    if (codes.length === 0) return undefined;
    const first = this.isOldRefusal ? 1 : FIRST_ERROR;
    for (const code of codes) if (code >= first) return code;
    return undefined;
  }

  /** Nobody looks at it any more. */
  protected clear(): void {
    this.requestStart = null;
    this.requestEnd = null;
    this.responseStart = null;
    this.responseEnd = null;
    this.requestSize = 0;
    this.responseSize = 0;
    this.gap = 0;
    this.client = undefined;
    this.size = 0;
    this.answerStart = null;
    this.answerEnd = null;
    this.answerSize = 0;
    this.packets = NOTHING;
    this.topics = NOTHING;
    this.topic = undefined;
    this.qos = undefined;
    this.id = undefined;
    this.retain = false;
    this.payload.begin(0);
    this.properties = undefined;
    this.facts = NO_FACTS;
    this.answer = undefined;
    this.codes = NOTHING;
    this.retries = 0;
    this.failure = undefined;
    this.isCut = false;
  }
}
