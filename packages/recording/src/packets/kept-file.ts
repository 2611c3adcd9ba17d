/** A capture file as the place where packets were kept: that of a recording. What was rebuilt in it stays rebuilt. */

import { CaptureReader, ConnectionSet, PacketDecoder } from '@kubeshark/capture';
import type { KeptPackets, KeptWanted } from './kept.ts';
import { REBUILT } from './kept-frames.ts';

/** `open` gives the file's bytes, each time from the beginning. */
export function keptInFile(open: () => AsyncIterable<Uint8Array>): KeptPackets {
  const take = async (wanted: KeptWanted) => ({ found: await connectionsIn(open(), wanted), bytes: open() });
  const source = { name: '', take };
  return { sourceOf: () => source };
}

async function connectionsIn(bytes: AsyncIterable<Uint8Array>, { connections }: KeptWanted): Promise<Set<string>> {
  const set = new ConnectionSet(connections);
  const found = new Set<string>();
  const names: (string | undefined)[] = [];
  const decoder = new PacketDecoder({
    packet: (packet) => {
      const id = set.find(packet);
      if (id !== undefined) found.add(id);
    },
    skipped: () => undefined,
  });
  const reader = new CaptureReader({
    interface: ({ name }) => names.push(name),
    frame: (frame) => {
      if (names[frame.interfaceId] !== REBUILT) decoder.frame(frame);
    },
  });
  for await (const chunk of bytes) if (reader.push(chunk) !== undefined) break;
  return found;
}
