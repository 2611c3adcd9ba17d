/**
 * A request that waits for its response as it came: whole, ordinary, and the only one of its connection. Nearly all are, and
 * no call is made of them (`plain-exchange.ts`). It lies in the chunk; one that waits longer than that is copied.
 */

import type { Micros } from '@kubeshark/model';
import { Slab } from '../../decode/slab.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import type { HttpCallContext } from '../../http/call.ts';
import type { RequestSight } from '../../http/refiner.ts';
import type { Refiners } from '../../http/refiners.ts';
import { HeadScan } from './head-scan.ts';
import { contentTypes, groups, hasParameter, methods, mimeOf } from './message.ts';
import type { Part } from './wire.ts';

const LETTER_C = 67;
const LETTER_H = 72;
const QUOTE = 34;
/** A longer one that outlives its chunk is a call like any other: a copy of it would be no cheaper. */
const MAX_KEPT_BYTES = 4096;
const slab = new Slab();
const NOTHING = new Uint8Array(0);
const NO_GROUP = new CallGroup('');

/** What all calls of a connection have in common. */
export interface PlainContext extends HttpCallContext {
  readonly isSecure: boolean;
}

export class HeldRequest implements RequestSight {
  isThere = false;
  /** It has been copied. */
  private isKept = false;
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  at: Micros = 0;
  /** Asked for of every call in the end: now its bytes are near. */
  group: CallGroup = NO_GROUP;
  /** The session reads its request heads into it. */
  readonly head = new HeadScan();
  readonly context: PlainContext;

  constructor(context: PlainContext) {
    this.context = context;
  }

  /** Whether a response to it ends where its own head says (RFC 9112 §6.3), and nothing about it is odd. */
  static isOrdinary({ isWhole, bytes, head }: Part): boolean {
    const first = bytes[head.start];
    // HEAD and CONNECT; other methods with these letters are rare.
    if (first === LETTER_H || first === LETTER_C) return false;
    return isWhole && !head.upgrade && !head.malformed && head.anomaly === '';
  }

  take({ bytes, start, end }: Part, at: Micros): void {
    this.isThere = true;
    this.isKept = false;
    // A write costs more than a look, and it is nearly always the same chunk.
    if (this.bytes !== bytes) this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.at = at;
    this.group = groups.of(bytes, this.head.start, this.head.pathEnd);
  }

  /** Its chunk goes away: it is copied. False for one that is too long for that. */
  keep(): boolean {
    const { start, end } = this;
    if (this.isKept) return true;
    if (end - start > MAX_KEPT_BYTES) return false;
    this.isKept = true;
    this.start = slab.copy(this.bytes, start, end);
    this.end = this.start + end - start;
    this.bytes = slab.block;
    this.head.move(this.start - start);
    return true;
  }

  /** The same as it was read. */
  get part(): Part {
    const { bytes, start, end, head } = this;
    return { kind: 'request', bytes, start, end, length: 0, head, isWhole: true };
  }

  get contentLength(): number {
    return this.end - this.head.end;
  }

  get method(): string {
    return methods.of(this.bytes, this.head.start, this.head.methodEnd);
  }

  get mime(): string {
    return mimeOf(this.bytes, this.head);
  }

  hasParameter(names: readonly string[]): boolean {
    return hasParameter(this.bytes, { start: this.head.queryStart, end: this.head.targetEnd }, names);
  }

  mayHave(members: readonly string[]): boolean {
    const { bytes, head, end } = this;
    if (head.encoded || !contentTypes.of(bytes, head.typeStart, head.typeEnd).isAscii) return true;
    for (let at = head.end; at < end; at++) {
      if (bytes[at] !== QUOTE) continue;
      for (const name of members) if (isName(bytes, at + 1, name)) return true;
    }
    return false;
  }
}

function isName(bytes: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name.charCodeAt(i)) return false;
  return bytes[at + name.length] === QUOTE;
}

/** Whether something may be inside a call that is a protocol too. */
export function mayBeRefined(held: HeldRequest, { bytes, head }: Part, refiners: Refiners): boolean {
  const asked = refiners.of(held.mime, mimeOf(bytes, head));
  for (let i = 0; i < asked.length; i++) if (asked[i]?.mayRefine?.(held) !== false) return true;
  return false;
}
