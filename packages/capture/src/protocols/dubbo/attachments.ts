/**
 * Attachments as JSON, by their bytes: what an application passes on is mostly the same with call after call. They are kept when
 * they come twice, so that those which differ each time, as with tracing, cost a hash more and take no memory.
 */

import { hashOf } from '../../decode/interner.ts';
import { wordsOf } from '../../decode/words.ts';

export interface Attachments {
  /** `,"attachments":{…}` */
  readonly json: Uint8Array;
  readonly isEmpty: boolean;
  readonly traceId: string | undefined;
}

/** A power of two. Others that fall on one's place take it: 1 MB when full of long ones. */
export const MAX_ATTACHMENTS = 1024;
/** Longer ones, with what a user sent perhaps, are made each time. */
export const MAX_ATTACHMENTS_BYTES = 512;
const WORD = 4;

interface Known {
  readonly hash: number;
  readonly length: number;
  readonly words: DataView;
  readonly value: Attachments;
}

export class KnownAttachments {
  private readonly known: (Known | undefined)[] = new Array<Known | undefined>(MAX_ATTACHMENTS).fill(undefined);
  /** Of those that were asked for last, by their place. */
  private readonly hashes = new Int32Array(MAX_ATTACHMENTS);
  private hash = 0;
  /** Those asked for last are not known, but came before: they are worth keeping. */
  isAgain = false;

  /** Those of `bytes[start, end)`; null where they have to be made. */
  find(bytes: Uint8Array, start: number, end: number): Attachments | null {
    this.isAgain = false;
    const length = end - start;
    if (length < WORD || length > MAX_ATTACHMENTS_BYTES) return null;
    const hash = hashOf(bytes, start, end);
    const place = hash & (MAX_ATTACHMENTS - 1);
    const known = this.known[place];
    if (known !== undefined && known.hash === hash && known.length === length && isSame(known.words, bytes, start))
      return known.value;
    this.isAgain = this.hashes[place] === hash;
    this.hashes[place] = hash;
    this.hash = hash;
    return null;
  }

  /** Keeps those that were asked for last. */
  keep(bytes: Uint8Array, start: number, end: number, value: Attachments): void {
    const key = new Uint8Array(bytes.subarray(start, end));
    const { hash } = this;
    const words = new DataView(key.buffer);
    this.known[hash & (MAX_ATTACHMENTS - 1)] = { hash, length: end - start, words, value };
  }
}

function isSame(known: DataView, bytes: Uint8Array, start: number): boolean {
  const words = wordsOf(bytes);
  // The last word covers some of the one before.
  const last = known.byteLength - WORD;
  if (known.getInt32(last) !== words.getInt32(start + last)) return false;
  for (let at = 0; at < last; at += WORD) if (known.getInt32(at) !== words.getInt32(start + at)) return false;
  return true;
}
