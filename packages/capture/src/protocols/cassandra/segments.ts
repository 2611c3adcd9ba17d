/** Envelopes out of the segments of one direction: a segment holds several, or a part of one (native protocol v5, §2.3). */

import type { Side } from '../../dissect/dissector.ts';
import { unpackSegment } from './compression.ts';
import { type CqlMessage, type Envelope, readEnvelope } from './wire.ts';

export type Segment = Extract<CqlMessage, { kind: 'segment' }>;

const NOTHING = new Uint8Array(0);

export class Segments {
  /** An envelope that goes on in the next segment. */
  #part: Uint8Array = NOTHING;
  /** Bytes to come of an envelope that is read by its beginning. */
  #skipped = 0;

  /** Gives each envelope that is whole to `each`, one after the other; answers why it could not go on, or null. */
  take(side: Side, { payload, unpacked, isSelfContained }: Segment, each: (envelope: Envelope) => void): string | null {
    if (isSelfContained) this.lose();
    const plain = unpackSegment(payload, unpacked);
    if (plain === null) {
      this.#part = NOTHING;
      return 'a segment that cannot be unpacked';
    }
    const skipped = Math.min(this.#skipped, plain.length);
    this.#skipped -= skipped;
    const before = this.#part;
    let bytes = before.length === 0 ? plain.subarray(skipped) : Buffer.concat([before, plain.subarray(skipped)]);
    this.#part = NOTHING;
    while (bytes.length > 0) {
      const parsed = readEnvelope(side, bytes, 0);
      if (parsed.kind === 'bad') return parsed.fault;
      if (parsed.kind === 'more') break;
      const { value, end } = parsed;
      const left = value.length - (value.to - value.from);
      bytes = bytes.subarray(end);
      this.#skipped = Math.max(0, left - bytes.length);
      bytes = bytes.subarray(Math.min(left, bytes.length));
      each(value);
    }
    if (bytes.length > 0) this.#part = bytes.slice();
    return null;
  }

  /** What goes on is not whole any more. */
  lose(): void {
    this.#part = NOTHING;
    this.#skipped = 0;
  }
}
