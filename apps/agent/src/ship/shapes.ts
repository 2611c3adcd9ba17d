/**
 * Which keys objects have, in which order: entries of one kind have the same again and again. A `Place` is what stands behind some
 * keys of an object at some path; following it is one comparison where the next key is the one of the time before. What has to be
 * done with a value is known of its place.
 */

import type { Rules } from '../redact/rules.ts';

/** Of a value. */
const KEEP = 0;
/** Its texts are searched. */
export const SEARCH = 1;
/** It goes, unless it is empty, a claim or an object, whose members are looked at each. */
export const DROP_SCALAR = 2;
/** It goes; of a list each item. */
export const DROP_ITEMS = 3;
/** It goes. */
export const DROP = 4;

/** What an object is to those in it. */
type Surroundings = 'entry' | 'own' | 'values' | 'headers' | 'dropped';

/** Parts of an entry that are ours: ids, addresses and times must stay what they are. */
const own = new Set([
  'id',
  'timestamp',
  'node',
  'protocol',
  'protocols',
  'src',
  'dst',
  'method',
  'status',
  'error',
  'latency',
  'traceId',
  'connection',
  'capture',
]);

/** Places that hold names and values rather than text of the protocol: all their values go when the header does. */
const CONTAINERS_OF_HEADER: Readonly<Record<string, string>> = { cookies: 'cookie' };

/** Keys of hostile entries are new each time; some thousands are all that real ones have. */
export const MAX_PLACES = 20_000;

/** The keys of an object, with what the current batch knows of it. */
export class Shape {
  readonly names: readonly string[];
  /** As MessagePack has them. */
  readonly keys: Uint8Array;
  era = 0;
  record = 0;
  toldAt = 0;

  constructor(names: readonly string[]) {
    this.names = names;
    this.keys = packedKeys(names);
  }
}

export class Place {
  /** The key before it as JSON has it, colon included; empty at the beginning of an object. */
  readonly key: Uint8Array;
  readonly name: string;
  readonly surroundings: Surroundings;
  readonly action: number;
  readonly shape: Shape;
  /** Whether an object that is the value here is one level deeper, as `MAX_DEPTH` counts. */
  readonly isDeeper: boolean;
  /** Where the last object went on. */
  next: Place | null = null;
  readonly #catalogue: Catalogue;
  readonly #children = new Map<string, Place>();
  #object: Place | null = null;
  #item: Place | null = null;

  constructor(catalogue: Catalogue, { key, name, surroundings, action, shape }: PlaceFacts) {
    this.#catalogue = catalogue;
    this.key = key;
    this.name = name;
    this.surroundings = surroundings;
    this.action = action;
    this.shape = shape;
    this.isDeeper = surroundings !== 'values' || catalogue.inside(this) === 'values';
  }

  /** Behind a further key, which is given as JSON has it. */
  behind(key: string): Place {
    this.next = this.#children.get(key) ?? this.#catalogue.place(this, key);
    this.#children.set(key, this.next);
    return this.next;
  }

  /** The beginning of an object that is the value here. */
  get object(): Place {
    this.#object ??= this.#catalogue.beginning(this.#catalogue.inside(this));
    return this.#object;
  }

  /** The place of an item of a list that is the value here. */
  get item(): Place {
    this.#item ??= this.#catalogue.item(this);
    return this.#item;
  }

  /** The shape with these keys more. */
  with(names: readonly string[]): Shape {
    return this.#catalogue.shape([...this.shape.names, ...names]);
  }
}

interface PlaceFacts {
  readonly key: Uint8Array;
  readonly name: string;
  readonly surroundings: Surroundings;
  readonly action: number;
  readonly shape: Shape;
}

const NO_KEY = new Uint8Array(0);

/** All places and shapes that were met. */
export class Catalogue {
  readonly #rules: Rules;
  readonly #shapes = new Map<string, Shape>();
  places = 0;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  beginning(surroundings: Surroundings): Place {
    return this.#place({ key: NO_KEY, name: '', surroundings, action: KEEP, shape: this.shape([]) });
  }

  place(before: Place, key: string): Place {
    const name = JSON.parse(key.slice(0, -1)) as string;
    const { surroundings, shape } = before;
    return this.#place({
      key: Buffer.from(key),
      name,
      surroundings,
      action: this.#actionOf(surroundings, name),
      shape: this.shape([...shape.names, name]),
    });
  }

  item({ surroundings, action }: Place): Place {
    const isOwn = action === KEEP;
    return this.#place({
      key: NO_KEY,
      name: '',
      surroundings: isOwn ? surroundings : 'values',
      action: isOwn ? KEEP : SEARCH,
      shape: this.shape([]),
    });
  }

  shape(names: readonly string[]): Shape {
    const text = JSON.stringify(names);
    let shape = this.#shapes.get(text);
    if (shape === undefined) {
      shape = new Shape(names);
      this.#shapes.set(text, shape);
    }
    return shape;
  }

  /** What an object that is the value there is to its members. */
  inside({ surroundings, name, action }: Pick<Place, 'surroundings' | 'name' | 'action'>): Surroundings {
    if (action === DROP || surroundings === 'dropped') return 'dropped';
    if (action === KEEP) return 'own';
    if (surroundings !== 'values') return 'values';
    if (name === 'headers' || name === 'trailers') return 'headers';
    const header = CONTAINERS_OF_HEADER[name];
    return header !== undefined && this.#rules.isSecretHeader(header) ? 'dropped' : 'values';
  }

  #place(facts: PlaceFacts): Place {
    this.places++;
    return new Place(this, facts);
  }

  #actionOf(surroundings: Surroundings, name: string): number {
    switch (surroundings) {
      case 'entry':
        return own.has(name) ? KEEP : SEARCH;
      case 'own':
        return KEEP;
      case 'values':
        return this.#rules.isSecretKey(name) ? DROP_SCALAR : SEARCH;
      case 'headers':
        return this.#rules.isSecretHeader(name) ? DROP_ITEMS : SEARCH;
      case 'dropped':
        return DROP;
    }
  }
}

function packedKeys(names: readonly string[]): Uint8Array {
  const parts = names.map((name) => {
    const text = Buffer.from(name);
    return Buffer.concat([stringHead(text.length), text]);
  });
  return Buffer.concat([arrayHead(names.length), ...parts]);
}

function stringHead(length: number): Uint8Array {
  if (length < 32) return Buffer.of(0xa0 | length);
  const head = Buffer.alloc(5);
  head[0] = 0xdb;
  head.writeUInt32BE(length, 1);
  return head;
}

function arrayHead(count: number): Uint8Array {
  if (count < 16) return Buffer.of(0x90 | count);
  const head = Buffer.alloc(5);
  head[0] = 0xdd;
  head.writeUInt32BE(count, 1);
  return head;
}
