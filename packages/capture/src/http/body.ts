/** A content as an object of its own, with one limit: for messages that are no HTTP messages. */

import { Content, type Piece } from './content.ts';

export class BodyCollector extends Content {
  private readonly limit: number;

  constructor(limit: number) {
    super();
    this.limit = limit;
  }

  override append(bytes: Uint8Array, { start, end }: Pick<Piece, 'start' | 'end'>): void {
    super.append(bytes, { start, end, limit: this.limit });
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
