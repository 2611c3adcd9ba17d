/** Calls as a capture file that Wireshark opens, its packets made again from their payload. */

import { PcapngWriter, PcapWriter } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';
import type { Names } from '../format/manifest.ts';
import { PacketRebuilder } from './rebuild.ts';
import { LINKTYPE_RAW, SNAP_LENGTH } from './segments.ts';

/** Says in the file itself that nobody ever saw these packets. */
export const REBUILT_COMMENT =
  'Rebuilt by Kubeshark from reassembled calls: the packets are not those that were on the wire. Times, payload and addresses are; sequence numbers, segmentation and encodings are not, and TLS stands in plain text.';

const device = { linkType: LINKTYPE_RAW, snapLength: SNAP_LENGTH, name: 'rebuilt' };

export interface RebuiltPackets {
  readonly count: number;
  /** Calls without packets, by protocol. */
  readonly missing: Readonly<Record<string, number>>;
}

/** Gives the file's bytes to iterate over; its return value says what is in it. */
export async function* pcapngOf(
  batches: AsyncIterable<readonly Entry[]>,
  names: Names = {},
): AsyncGenerator<Uint8Array, RebuiltPackets> {
  const writer = new PcapngWriter();
  const rebuilder = new PacketRebuilder();
  yield writer.section({ application: 'Kubeshark', comment: REBUILT_COMMENT });
  yield writer.interface(device, REBUILT_COMMENT);
  const known = Object.entries(names).flatMap(([ip, { name }]) => (name === undefined ? [] : [[ip, name] as const]));
  if (known.length > 0) yield writer.names(known);
  let count = 0;
  for await (const entries of batches) {
    for (const entry of entries) {
      for (const frame of rebuilder.frames(entry)) {
        count++;
        yield writer.frame(frame);
      }
    }
  }
  return { count, missing: rebuilder.missing };
}

/** The same in the older format, which can say nothing about itself. */
export async function* pcapOf(batches: AsyncIterable<readonly Entry[]>): AsyncGenerator<Uint8Array, RebuiltPackets> {
  const writer = new PcapWriter();
  const rebuilder = new PacketRebuilder();
  yield writer.header(device);
  let count = 0;
  for await (const entries of batches) {
    for (const entry of entries) {
      for (const frame of rebuilder.frames(entry)) {
        count++;
        yield writer.frame(frame);
      }
    }
  }
  return { count, missing: rebuilder.missing };
}
