/** Topics, which come again and again: each is kept with what is made of it. */

import { foldIds } from '../../decode/fold-ids.ts';
import { internedText } from '../../decode/interned-text.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { Remembered } from '../../decode/remembered.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { piece } from '../../json/json-writer.ts';

/** Half as many are kept, some 1,000 bytes each with what is made of them. */
const KEPT_TOPICS = { capacity: 16_384, maxLength: 256 } as const;
export const MAX_SUMMARY = 200;

/** How messages end, as a rule: what stands before their method, and from the status to the latency. */
interface Outcome {
  readonly number: number;
  readonly before: string;
  readonly after: string;
}
/** The client's was acknowledged; its latency follows. */
export const ACKNOWLEDGED: Outcome = { number: 0, before: '}', after: '0,"error":false,"latency":' };
/** The client's was not, or needed none. */
export const OPEN: Outcome = { number: 1, before: '},"response":null', after: 'null,"error":false,"latency":null' };
/** The server's was acknowledged. */
export const RECEIVED: Outcome = {
  number: 2,
  before: ',"status":0,"packets":["PUBACK"]}',
  after: '0,"error":false,"latency":null',
};
/** The server's was not, or needed none. */
export const DELIVERED: Outcome = { number: 3, before: ',"status":0}', after: '0,"error":false,"latency":null' };

/** How a message is told to be sent: what stands before its number. */
export interface Manner {
  readonly qos: number;
  readonly retain: boolean;
  /** It has a number. */
  readonly isNumbered: boolean;
}

/** What the list shows, as one line of bounded length. */
export function summaryOf(name: string, topics: readonly string[]): string {
  const text = `${name} ${topics.join(', ')}`.trim();
  return text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text;
}

export class Topic {
  /** The topic alone in a list, as a call has it. */
  readonly list: readonly [string];
  #group: CallGroup | undefined;
  /** By outcome. */
  readonly #around: (Uint8Array | undefined)[] = [];
  #summary: Uint8Array | undefined;
  /** By manner. */
  readonly #data: (Uint8Array | undefined)[] = [];

  constructor(text: string) {
    this.list = [text];
  }

  get text(): string {
    return this.list[0];
  }

  /** What is published to it has one endpoint. */
  get published(): CallGroup {
    this.#group ??= new CallGroup(`PUBLISH ${foldIds(this.text)}`);
    return this.#group;
  }

  /** The summary of what is published to it, as JSON. */
  get summary(): Uint8Array {
    this.#summary ??= piece(JSON.stringify(summaryOf('PUBLISH', this.list)));
    return this.#summary;
  }

  /** What stands around method and summary of a message that ended so. */
  around({ number, before, after }: Outcome): Uint8Array {
    this.#around[number] ??= piece(
      `${before},"method":"PUBLISH","endpoint":${JSON.stringify(this.published.endpoint)},` +
        `"summary":${JSON.stringify(summaryOf('PUBLISH', this.list))},"status":${after}`,
    );
    return this.#around[number];
  }

  /** What a message tells of itself up to its number, of which only the key is there. */
  data({ qos, retain, isNumbered }: Manner): Uint8Array {
    const manner = (qos << 2) | (retain ? 2 : 0) | (isNumbered ? 1 : 0);
    this.#data[manner] ??= piece(
      `,"mqtt":{"type":"PUBLISH","topic":${JSON.stringify(this.list)},"qos":${qos},"retain":${retain}` +
        (isNumbered ? ',"packetId":' : ''),
    );
    return this.#data[manner];
  }
}

const topics = new ByteInterner((bytes, start, end) => new Topic(internedText(bytes, start, end)), KEPT_TOPICS);
const named = new Remembered((text) => new Topic(text), { texts: 4096, characters: 256 });

/** The topic that bytes are. */
export const topicAt = (bytes: Uint8Array, start: number, end: number): Topic => topics.of(bytes, start, end);
/** The topic of a name that was told before. */
export const topicOf = (text: string): Topic => named.of(text);
