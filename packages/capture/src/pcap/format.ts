/** What the two file formats have in common for the reader: one record at a time, out of bytes that may end anywhere. */

import type { Frame, FrameSink } from './frame.ts';

/** The one frame that is filled again and again. */
export class MutableFrame implements Frame {
  bytes = new Uint8Array(0);
  start = 0;
  end = 0;
  at = 0;
  originalLength = 0;
  interfaceId = 0;
  linkType = 0;
}

export interface Format {
  /** Bytes, counted from the beginning of a record, without which `read` cannot go on. */
  needed: number;
  /** Set when the file is damaged at this record. */
  fault: string | undefined;
  /**
   * Reads the record at `offset` when it is there whole. Answers its length; 0 when bytes are missing (`needed` tells how
   * many) or the record is damaged (`fault`).
   */
  read(bytes: Uint8Array, offset: number, sink: FrameSink): number;
  /** The next bytes are a stream from its beginning. */
  restart?(): void;
}
