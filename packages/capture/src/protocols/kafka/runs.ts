/**
 * The fields of a structure that have had the same bytes again and again, written as one piece: of most messages only a number
 * or two is new. Where a run of fields has the bytes it had, it is what it was; else its fields are spelt one by one, and what
 * they are now counts. A field that changes again and again stands by itself from then on.
 */

import { piece } from '../../json/json-writer.ts';
import type { Name } from './names.ts';
import type { TopicNames } from './topic-names.ts';

/** Bytes of a field that is kept: names, ids of members. Longer ones stand by themselves. */
export const MAX_KEPT_BYTES = 128;
/** As often a field may change: an error now and then must not part what is the same in all other messages. */
export const MAX_CHANGES = 8;

/** What must be known of a field. */
interface RunField {
  readonly type: string;
  readonly role: string;
  readonly isArray: boolean;
  /** Of a structure. */
  readonly plan: object | null;
  readonly firstKey: Uint8Array;
  readonly nextKey: Uint8Array;
}

/** A field as it was spelt last. */
export interface Spelt {
  readonly bytes: Uint8Array;
  /** With its key. */
  readonly json: Uint8Array;
  /** Values that were counted. */
  readonly values: number;
  /** What the call is found by. */
  readonly told: Name | undefined;
  /** Whose names of topics it was spelt with, and after how many changes of them. */
  readonly names: TopicNames;
  readonly namesChanges: number;
}

/** What a run tells of the call. */
interface Telling<Field extends RunField> {
  readonly role: Field['role'];
  readonly name: Name;
}

/** Fields side by side, and the one behind them that stands by itself. */
export interface Run<Field extends RunField> {
  /** `fields[from, to)`. */
  readonly from: number;
  readonly to: number;
  /** Undefined while not all of its fields were spelt. */
  readonly bytes: Uint8Array | undefined;
  /** With the key of the field behind them, or the end of the object. */
  readonly json: Uint8Array;
  readonly values: number;
  readonly tellings: readonly Telling<Field>[];
  /** The name of a topic stands in it which its bytes do not tell: see `Spelt`. */
  readonly names: TopicNames | undefined;
  readonly namesChanges: number;
  /** Undefined at the end of the structure. */
  readonly next: Field | undefined;
}

/** Fields that are as good as never the same, or that the call is found by as numbers. */
const alone: ReadonlySet<string> = new Set(['partition', 'offset', 'highWatermark']);
const NOTHING = piece('');
const END = piece('}');
const EMPTY_END = piece('{}');
/** No tagged fields. */
const NO_TAGS = Uint8Array.of(0);

export class Runs<Field extends RunField> {
  list: readonly Run<Field>[];
  readonly #fields: readonly Field[];
  readonly #isFlexible: boolean;
  readonly #spelt: (Spelt | undefined)[];
  readonly #changes: number[];
  readonly #isAlone: boolean[];
  #isStale = false;

  constructor(fields: readonly Field[], isFlexible: boolean) {
    this.#fields = fields;
    this.#isFlexible = isFlexible;
    this.#spelt = fields.map(() => undefined);
    this.#changes = fields.map(() => 0);
    // Whether an id is told with the name of its topic depends on the name beside it.
    const isTwofold = fields.some(({ role }) => role === 'topic') && fields.some(({ role }) => role === 'topicId');
    const isName = (role: string) => role === 'topic' || role === 'topicId';
    this.#isAlone = fields.map(
      ({ type, role }) => type === 'records' || alone.has(role) || (isTwofold && isName(role)),
    );
    this.list = this.#makeList();
  }

  /** A field of a run, as it is now. */
  learn(index: number, field: Field, spelt: Spelt): void {
    const before = this.#spelt[index];
    const isChanged = before !== undefined && !isSame(before.bytes, spelt.bytes);
    if (before !== undefined && !isChanged && isSame(before.json, spelt.json) && isSameState(before, spelt)) return;
    const changes = (this.#changes[index] ?? 0) + (isChanged ? 1 : 0);
    const hasItems = (field.isArray || field.plan !== null) && !isEmpty(spelt.json);
    this.#isAlone[index] = hasItems || changes > MAX_CHANGES || spelt.bytes.length > MAX_KEPT_BYTES;
    this.#changes[index] = changes;
    this.#spelt[index] = spelt;
    this.#isStale = true;
  }

  /** All fields of a run are learnt. */
  settle(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    this.list = this.#makeList();
  }

  #makeList(): readonly Run<Field>[] {
    const list: Run<Field>[] = [];
    for (let from = 0; from <= this.#fields.length; ) {
      let to = from;
      while (to < this.#fields.length && this.#isAlone[to] !== true) to++;
      list.push(this.#run(from, to));
      from = to + 1;
    }
    return list;
  }

  #run(from: number, to: number): Run<Field> {
    const spelt = this.#spelt.slice(from, to).filter((one) => one !== undefined);
    const isKnown = spelt.length === to - from;
    const next = this.#fields[to];
    const jsons = spelt.map(({ json }) => json);
    const bytes = spelt.map((one) => one.bytes);
    if (next !== undefined) jsons.push(to === 0 ? next.firstKey : next.nextKey);
    else {
      jsons.push(to === 0 ? EMPTY_END : END);
      if (this.#isFlexible) bytes.push(NO_TAGS);
    }
    const named = spelt.find((_, index) => this.#fields[from + index]?.role === 'topicId');
    return {
      from,
      to,
      bytes: isKnown ? joined(bytes) : undefined,
      json: isKnown ? joined(jsons) : NOTHING,
      values: spelt.reduce((sum, { values }) => sum + values, 0),
      tellings: spelt.flatMap(({ told }, index) => {
        const role = this.#fields[from + index]?.role;
        return told === undefined || role === undefined ? [] : [{ role, name: told }];
      }),
      names: named?.names,
      namesChanges: named?.namesChanges ?? 0,
      next,
    };
  }
}

const isSameState = (one: Spelt, other: Spelt): boolean =>
  one.names === other.names && one.namesChanges === other.namesChanges;

/** `null` or `[]`, behind a key. */
const isEmpty = (json: Uint8Array): boolean => {
  const end = Buffer.from(json.subarray(-4)).toString('latin1');
  return end === 'null' || end.endsWith(':[]');
};

const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** A copy. */
const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
