/** Calls as a capture file that Wireshark opens: packets of the wire where they were kept, else made again from their payload. */

import { type FrameToWrite, PcapngWriter, PcapWriter } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';
import type { Names } from '../format/manifest.ts';
import { type Chosen, chooseKept, type KeptPackets } from './kept.ts';
import { type KeptItem, keptItems, mergedInTime, REBUILT, TLS_KEY_LOG } from './kept-frames.ts';
import { PacketRebuilder } from './rebuild.ts';
import { LINKTYPE_RAW, SNAP_LENGTH } from './segments.ts';

type Batches = AsyncIterable<readonly Entry[]>;

/** Says in the file itself that nobody ever saw these packets. */
export const REBUILT_COMMENT =
  'Rebuilt by Kubeshark from reassembled calls: the packets are not those that were on the wire. Times, payload and addresses are; sequence numbers, segmentation and encodings are not, and TLS stands in plain text.';
/** Captured bytes in one file: what a disk of a hub has room for. What is beyond is left out and said. */
export const MAX_CAPTURED_BYTES = 4 * 1024 ** 3;

const device = { linkType: LINKTYPE_RAW, snapLength: SNAP_LENGTH, name: REBUILT };

export interface PacketsWritten {
  readonly count: number;
  /** Of these, the ones that were made again. */
  readonly rebuilt: number;
  /** Calls without packets, by protocol. */
  readonly missing: Readonly<Record<string, number>>;
  /** Why packets were made again or left out, in sentences. */
  readonly reasons: readonly string[];
}

/** Packets that were kept, and the calls once more: they are looked through first. */
export interface Kept {
  readonly packets: KeptPackets;
  readonly again: () => Batches;
  /** Captured bytes in the file; 4 GiB when absent. */
  readonly maxBytes?: number;
}

export interface PcapngOptions {
  readonly names?: Names | undefined;
  readonly kept?: Kept | undefined;
}

/** Gives the file's bytes to iterate over; its return value says what is in it. */
export async function* pcapngOf(
  batches: Batches,
  { names = {}, kept }: PcapngOptions = {},
): AsyncGenerator<Uint8Array, PacketsWritten> {
  const writer = new PcapngWriter();
  const content = await Content.of(batches, kept);
  yield writer.section({ application: 'Kubeshark', comment: content.comment });
  const known = Object.entries(names).flatMap(([ip, { name }]) => (name === undefined ? [] : [[ip, name] as const]));
  if (known.length > 0) yield writer.names(known);
  const interfaces = new Map<string, number>();
  for await (const item of content.items()) {
    if (item.kind === 'secrets') {
      yield writer.secrets(TLS_KEY_LOG, item.bytes);
      continue;
    }
    const key = `${item.device.linkType} ${item.device.name}`;
    const interfaceId = interfaces.get(key) ?? interfaces.size;
    if (!interfaces.has(key)) {
      interfaces.set(key, interfaceId);
      yield writer.interface(item.device, item.device === device ? REBUILT_COMMENT : undefined);
    }
    yield writer.frame({ ...item.frame, interfaceId });
  }
  return content.written;
}

/** The same in the older format: one interface, so IP packets without a link layer, and it can say nothing about itself. */
export async function* pcapOf(batches: Batches, kept?: Kept): AsyncGenerator<Uint8Array, PacketsWritten> {
  const writer = new PcapWriter();
  const content = await Content.of(batches, kept);
  yield writer.header(device);
  for await (const item of content.items())
    if (item.kind === 'frame') yield writer.frame(withoutLink(item.frame, item.ipStart));
  return content.written;
}

const withoutLink = (frame: FrameToWrite, ipStart: number): FrameToWrite => ({
  ...frame,
  start: frame.start + ipStart,
  originalLength: frame.originalLength - ipStart,
});

/** What a file is made of, in order of time. */
class Content {
  readonly #batches: Batches;
  readonly #chosen: Chosen | undefined;
  readonly #maxBytes: number;
  readonly #rebuilder = new PacketRebuilder();
  readonly #reasons = new Set<string>();
  #count = 0;
  #rebuilt = 0;

  private constructor(batches: Batches, chosen: Chosen | undefined, maxBytes: number) {
    this.#batches = batches;
    this.#chosen = chosen;
    this.#maxBytes = maxBytes;
    for (const reason of chosen?.reasons ?? []) this.#reasons.add(reason);
  }

  static async of(batches: Batches, kept: Kept | undefined): Promise<Content> {
    const chosen = kept && (await chooseKept(kept.again(), kept.packets));
    return new Content(batches, chosen, kept?.maxBytes ?? MAX_CAPTURED_BYTES);
  }

  get comment(): string {
    const { captured = 0, others = 0 } = this.#chosen ?? {};
    if (captured === 0) return REBUILT_COMMENT;
    const packets = `Packets as they were on the wire, of the connections of ${captured} calls.`;
    return others === 0 ? packets : `${packets} ${others} more have rebuilt ones, on the interface "${REBUILT}".`;
  }

  get written(): PacketsWritten {
    const reasons = [...this.#reasons];
    return { count: this.#count, rebuilt: this.#rebuilt, missing: this.#rebuilder.missing, reasons };
  }

  async *items(): AsyncGenerator<KeptItem> {
    const onEnd = (why: string) => void this.#reasons.add(why);
    const streams = (this.#chosen?.taken ?? []).map((taken) => keptItems(taken, onEnd));
    const timeOf = (item: KeptItem) => (item.kind === 'frame' ? item.frame.at : Number.NEGATIVE_INFINITY);
    let bytes = 0;
    for await (const item of mergedInTime([...streams, this.#rebuiltItems()], timeOf)) {
      if (item.kind === 'frame') {
        const isRebuilt = item.device === device;
        if (!isRebuilt) bytes += item.frame.end - item.frame.start;
        if (!isRebuilt && bytes > this.#maxBytes) {
          onEnd(`captured packets beyond ${this.#maxBytes.toLocaleString('en')} bytes were left out`);
          continue;
        }
        this.#count++;
        if (isRebuilt) this.#rebuilt++;
      }
      yield item;
    }
  }

  async *#rebuiltItems(): AsyncGenerator<KeptItem> {
    for await (const entries of this.#batches)
      for (const entry of entries) {
        if (this.#chosen?.isCaptured(entry) === true) continue;
        for (const frame of this.#rebuilder.frames(entry)) yield { kind: 'frame', frame, device, ipStart: 0 };
      }
  }
}
