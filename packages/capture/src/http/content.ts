/** The content of one message: all of it is counted, its beginning is kept. */

import { Slab } from '../decode/slab.ts';
import { type OpenContent, openContents } from './open-contents.ts';

const NOTHING = new Uint8Array(0);
/** What stays of one that is cut. Smaller ones are bounded by the number of calls that may be open. */
const CUT_BYTES = 1024;
/** Most contents come in one piece and are small. */
const slab = new Slab();

/** Part of a content as it came. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** Bytes of the whole content that are kept. */
  readonly limit: number;
  /** The bytes stay as they are until the content is told to keep them. */
  readonly isBorrowed?: boolean;
}

/** What a message is made of beside its head; not an object of its own, since there are two for every call. */
export abstract class Content implements OpenContent {
  private bodyBuffer: Uint8Array = NOTHING;
  private bodyStart = 0;
  private bodyKept = 0;
  /** `borrowed`: as they lie in the capture's chunk; `shared`: among others' in a slab. */
  private place: 'borrowed' | 'shared' | 'own' = 'shared';
  /** It counts among those that are kept. */
  private isCounted = false;
  /** Bytes of content so far, lost ones included. */
  bodySize = 0;

  /** Begins anew, without a content. */
  protected clearContent(): void {
    this.leave();
    this.bodyBuffer = NOTHING;
    this.bodyStart = 0;
    this.bodyKept = 0;
    this.place = 'shared';
    this.bodySize = 0;
  }

  /** Becomes a content that is here whole, `bytes[start, end)`, and is borrowed. */
  protected borrowContent(bytes: Uint8Array, start: number, end: number, limit: number): void {
    const kept = Math.min(end - start, limit);
    this.bodySize = end - start;
    this.bodyKept = kept;
    this.bodyStart = kept > 0 ? start : 0;
    this.bodyBuffer = kept > 0 ? bytes : NOTHING;
    this.place = kept > 0 ? 'borrowed' : 'shared';
  }

  /** Takes `bytes[start, end)`, of which it keeps what the limit allows: a copy, unless they may be borrowed. */
  append(bytes: Uint8Array, { start, end, limit, isBorrowed }: Piece): void {
    // What comes after a hole cannot stand beside what came before it.
    const room = this.bodyKept === this.bodySize ? Math.min(end - start, limit - this.bodyKept) : 0;
    this.bodySize += end - start;
    if (room <= 0) return;
    if (this.bodyKept === 0 && isBorrowed) {
      this.place = 'borrowed';
      this.bodyStart = start;
      this.bodyBuffer = bytes;
    } else if (this.bodyKept === 0) {
      this.bodyStart = slab.copy(bytes, start, start + room);
      this.bodyBuffer = slab.block;
      this.count(room);
    } else {
      this.grow(this.bodyKept + room, limit);
      this.bodyBuffer.set(bytes.subarray(start, start + room), this.bodyKept);
    }
    this.bodyKept += room;
  }

  /** The kept part is shorter than the content. */
  get isCut(): boolean {
    return this.bodyKept < this.bodySize;
  }

  /** Content as it was on the wire, content encodings included; the kept part. */
  rawBody(): Uint8Array {
    return this.bodyBuffer.subarray(this.bodyStart, this.bodyStart + this.bodyKept);
  }

  /** The same where it lies. */
  get contentRange(): { readonly bytes: Uint8Array; readonly from: number; readonly to: number } {
    return { bytes: this.bodyBuffer, from: this.bodyStart, to: this.bodyStart + this.bodyKept };
  }

  /** In which bytes it lies, and where. */
  get contentBytes(): Uint8Array {
    return this.bodyBuffer;
  }

  get contentStart(): number {
    return this.bodyStart;
  }

  /** Counts bytes that were lost. */
  protected skip(length: number): void {
    this.bodySize += length;
  }

  /** Copies what was borrowed. */
  protected keepContent(): void {
    if (this.place !== 'borrowed') return;
    this.place = 'shared';
    this.bodyStart = slab.copy(this.bodyBuffer, this.bodyStart, this.bodyStart + this.bodyKept);
    this.bodyBuffer = slab.block;
    this.count(this.bodyKept);
  }

  /** Gives up what is kept but its beginning: too much is, of all calls. */
  cut(): void {
    this.isCounted = false;
    this.bodyKept = Math.min(this.bodyKept, CUT_BYTES);
    this.bodyStart = slab.copy(this.bodyBuffer, this.bodyStart, this.bodyStart + this.bodyKept);
    this.bodyBuffer = slab.block;
    this.place = 'shared';
  }

  /** Its call was given out: what is kept counts no more. */
  leave(): void {
    if (this.isCounted) this.uncount();
  }

  private count(bytes: number): void {
    if (bytes <= CUT_BYTES) return;
    this.isCounted = true;
    openContents.keeps(this, bytes);
  }

  private uncount(): void {
    this.isCounted = false;
    openContents.leaves(this);
  }

  /** Moves to a buffer of its own, with room for `length` bytes. */
  private grow(length: number, limit: number): void {
    if (this.place === 'own' && length <= this.bodyBuffer.length) return;
    const grown = new Uint8Array(Math.min(limit, Math.max(length, 2 * this.bodyKept)));
    grown.set(this.rawBody());
    this.bodyBuffer = grown;
    this.bodyStart = 0;
    this.place = 'own';
    this.count(grown.length);
  }
}
