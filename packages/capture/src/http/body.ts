/** A content as an object of its own, with one limit: for messages that are no HTTP messages. */

import { Content, type Piece } from './content.ts';

export class BodyCollector extends Content {
  private limit: number;

  constructor(limit: number) {
    super();
    this.limit = limit;
  }

  /** Becomes the content of another message. */
  begin(limit: number): void {
    this.clearContent();
    this.limit = limit;
  }

  /** Becomes a content that is here whole, `bytes[start, end)`, and may lie there until it is told to keep it. */
  borrow(bytes: Uint8Array, start: number, end: number, limit: number): void {
    this.limit = limit;
    this.borrowContent(bytes, start, end, limit);
  }

  override append(bytes: Uint8Array, { start, end, isBorrowed = false }: Omit<Piece, 'limit'>): void {
    super.append(bytes, { start, end, limit: this.limit, isBorrowed });
  }

  /** What it borrowed of the chunk goes away: copies it. */
  keep(): void {
    this.keepContent();
  }

  /** Counts bytes that were lost. */
  override skip(length: number): void {
    super.skip(length);
  }

  /** Bytes of content so far, lost ones included. */
  get size(): number {
    return this.bodySize;
  }

  get bytes(): Uint8Array {
    return this.rawBody();
  }
}
