/** The frames of a capture file that are of some connections, one after the other, copied out of the bytes that came. */

import {
  type CaptureInterface,
  CaptureReader,
  ConnectionSet,
  type FrameToWrite,
  PacketDecoder,
} from '@kubeshark/capture';
import type { Taken } from './kept.ts';

/** Secrets type of a TLS key log: `TLSK`. */
export const TLS_KEY_LOG = 0x544c534b;

/** Of the address that stands first in the header. */
const IPV4_SOURCE_AT = 12;
const IPV6_SOURCE_AT = 8;

/** Name of the interface that rebuilt packets stand on. */
export const REBUILT = 'rebuilt';

export type KeptItem =
  | { readonly kind: 'secrets'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'frame';
      readonly frame: FrameToWrite;
      readonly device: CaptureInterface;
      /** Where its IP packet begins. */
      readonly ipStart: number;
    };

/** Ends where the file is damaged or its sender goes away: `onEnd` is told why. */
export async function* keptItems(
  { source, wanted, found, bytes }: Taken,
  onEnd: (why: string) => void,
): AsyncGenerator<KeptItem> {
  const set = new ConnectionSet(wanted.connections.filter(({ id }) => found.has(id)));
  const devices: CaptureInterface[] = [];
  let items: KeptItem[] = [];
  let ipStart: number | undefined;
  let frameBuffer: ArrayBufferLike | undefined;
  const decoder = new PacketDecoder({
    packet: (packet) => {
      // A datagram put together from fragments is in no frame.
      if (packet.bytes.buffer !== frameBuffer || set.find(packet) === undefined || packet.at > wanted.until) return;
      ipStart = packet.srcIp - (packet.ipVersion === 4 ? IPV4_SOURCE_AT : IPV6_SOURCE_AT);
    },
    skipped: () => undefined,
  });
  const reader = new CaptureReader({
    interface: (device) => {
      const name = [source.name, device.name].filter((part) => part !== undefined && part !== '').join(':');
      devices.push({ ...device, ...(name !== '' && { name }) });
    },
    secrets: (type, secret) => {
      if (type === TLS_KEY_LOG) items.push({ kind: 'secrets', bytes: Uint8Array.from(secret) });
    },
    frame: (frame) => {
      const device = devices[frame.interfaceId];
      ipStart = undefined;
      frameBuffer = frame.bytes.buffer;
      decoder.frame(frame);
      if (ipStart === undefined || device === undefined || device.name === REBUILT) return;
      const { start, end, at, originalLength } = frame;
      const copy = Uint8Array.prototype.slice.call(frame.bytes, start, end);
      const own = { bytes: copy, start: 0, end: copy.length, at, originalLength, interfaceId: 0 };
      items.push({ kind: 'frame', frame: own, device, ipStart: ipStart - start });
    },
  });
  const why = (sentence: string) => onEnd(`packets ${source.name && `of ${source.name} `}end early: ${sentence}`);
  try {
    for await (const piece of bytes) {
      const fault = reader.push(piece);
      const ready = items;
      items = [];
      yield* ready;
      if (fault !== undefined) return why(fault.fault);
    }
    const fault = reader.end();
    if (fault !== undefined) why(fault.fault);
  } catch (error) {
    why((error as Error).message);
  }
}

/** Joins what is in order of time in each; secrets come as soon as they are there. */
export async function* mergedInTime<T>(
  streams: readonly AsyncIterable<T>[],
  timeOf: (item: T) => number,
): AsyncGenerator<T> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
    for (;;) {
      let earliest = -1;
      let at = Number.POSITIVE_INFINITY;
      for (const [place, head] of heads.entries()) {
        const time = head.done === true ? Number.POSITIVE_INFINITY : timeOf(head.value);
        if (time >= at) continue;
        earliest = place;
        at = time;
      }
      const [head, iterator] = [heads[earliest], iterators[earliest]];
      if (head === undefined || iterator === undefined || head.done === true) return;
      yield head.value;
      heads[earliest] = await iterator.next();
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.();
  }
}
