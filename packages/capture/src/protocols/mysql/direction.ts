/** What is known of the packets of one direction. */

import { CompressedStream } from './compression.ts';

export class Direction {
  /** Bytes left of a packet whose beginning was read. */
  rest = 0;
  /** The next packet goes on with the payload of the last. */
  isContinued = false;
  sequence = 0;
  /** Packets that come compressed. */
  readonly inside = new CompressedStream();

  /** Bytes were lost: what was open is not whole any more. */
  lose(): void {
    this.rest = 0;
    this.isContinued = false;
    this.inside.clear();
  }
}
