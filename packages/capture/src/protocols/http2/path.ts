/** What `:path` tells, made once for all calls that ask for the same. */

import { ByteInterner, latin1 } from '../../decode/interner.ts';
import { Remembered } from '../../decode/remembered.ts';
import { Slab } from '../../decode/slab.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { endpointOf } from '../../http/target.ts';
import type { JsonWriter } from '../../json/json-writer.ts';
import type { Octets } from './huffman.ts';

const QUESTION_MARK = '?';

export class Path implements Octets {
  // What statistics ask for stands first: of thousands of paths each is far away in memory.
  private group: CallGroup | null = null;
  private method = '';
  private asked: readonly string[] | null = null;
  private isAmong = false;
  readonly text: string;
  /** The same as octets. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Where the query begins, its mark included; the end without one. */
  readonly queryStart: number;
  /** Whom it was asked of last, and what was written of that when it was asked again. */
  private authority: Octets | null = null;
  private scheme = '';
  private place: Uint8Array | null = null;

  /** The octets stay as they are. */
  constructor({ bytes, start, end }: Octets) {
    this.text = latin1(bytes, start, end);
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    const mark = this.text.indexOf(QUESTION_MARK);
    this.queryStart = mark < 0 ? end : start + mark;
  }

  /** `GET /users/{id}`. */
  groupOf(method: string): CallGroup {
    if (this.group === null || method !== this.method) {
      this.method = method;
      this.group = groups.of(endpointOf(method, this.text));
    }
    return this.group;
  }

  /** From `path` to `host` as JSON, as it was written last of the same authority. */
  placeOf(scheme: string, authority: Octets): Uint8Array | null {
    return authority === this.authority && scheme === this.scheme ? this.place : null;
  }

  /** What was written from `start` on; it is kept when it was asked for twice. */
  keepPlace(json: JsonWriter, start: number, asked: { readonly scheme: string; readonly authority: Octets }): void {
    const isAgain = asked.authority === this.authority && asked.scheme === this.scheme;
    this.authority = asked.authority;
    this.scheme = asked.scheme;
    this.place = isAgain ? json.pieceFrom(start) : null;
  }

  /** Whether the query has a parameter of one of these names, which are asked for again and again. */
  hasParameter(names: readonly string[]): boolean {
    if (names !== this.asked) {
      this.asked = names;
      this.isAmong =
        this.queryStart < this.end &&
        names.some((name) => this.text.includes(`?${name}=`) || this.text.includes(`&${name}=`));
    }
    return this.isAmong;
  }
}

/** One for all paths that are grouped together. */
const groups = new Remembered((endpoint) => new CallGroup(endpoint), { texts: 4096, characters: 256 });

const slab = new Slab();

/** A path of octets that go away. */
export function pathCopiedFrom(bytes: Uint8Array, start: number, end: number): Path {
  const at = slab.copy(bytes, start, end);
  return new Path({ bytes: slab.block, start: at, end: at + end - start });
}

const paths = new ByteInterner(pathCopiedFrom);

export const pathAt = ({ bytes, start, end }: Octets): Path => paths.of(bytes, start, end);

/** A path that stands nowhere as it is. */
export const pathOf = (text: string): Path =>
  pathAt({ bytes: Buffer.from(text, 'latin1'), start: 0, end: text.length });
