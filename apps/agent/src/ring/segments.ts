/** Segment files of the ring: a pcapng file each, beside it the TLS secrets that were learnt while it was written. */

import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Micros } from '@kubeshark/model';

export interface Segment {
  /** Time of its first packet; segments are in this order. */
  readonly startsAt: Micros;
  readonly file: string;
  /** A key log (SSLKEYLOGFILE); not there when there is nothing in it. */
  readonly keys: string;
  /** Both files. */
  bytes: number;
}

/** As many digits as the times of the next ten thousand years have, so that names sort as times do. */
const TIME_DIGITS = 18;
const segmentName = /^(\d{18})\.pcapng$/;

export function segmentAt(directory: string, startsAt: Micros): Segment {
  const base = path.join(directory, String(Math.max(0, Math.floor(startsAt))).padStart(TIME_DIGITS, '0'));
  return { startsAt, file: `${base}.pcapng`, keys: `${base}.keys`, bytes: 0 };
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    // Not there: most segments have no secrets, and another run may clear up at the same time.
    () => 0,
  );

/** What is there, oldest first. Files of other names are nobody's business here. */
export async function listSegments(directory: string): Promise<Segment[]> {
  const names = (await readdir(directory)).filter((name) => segmentName.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const segment = segmentAt(directory, Number(segmentName.exec(name)?.[1]));
      segment.bytes = (await sizeOf(segment.file)) + (await sizeOf(segment.keys));
      return segment;
    }),
  );
}
