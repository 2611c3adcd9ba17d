/** Fixtures told again and again, each time by other clients and later: for peers that are too slow to record a million packets from. */

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import { CaptureReader, type FrameToWrite, type Packet, PacketDecoder, PcapWriter } from '@kubeshark/capture';

const folder = path.resolve(import.meta.dirname, '../.cache/bench');
const fixtures = path.resolve(import.meta.dirname, '../packages/capture/fixtures');
const ETHERNET = 1;
const SNAP_LENGTH = 262_144;
/** Between one time and the next. */
const PAUSE_MICROS = 1_000_000;
const FIRST_PORT = 2048;
const PORTS = 60_000;
/** Frames gathered before they are written. */
const BATCH = 2000;

interface Told extends FrameToWrite {
  readonly bytes: Uint8Array;
  /** Where the client's port stands, and which of the clients it is. */
  readonly portAt: number;
  readonly client: number;
}

/** A capture of the fixture `times` times, unless it was made before. */
export function repeated(fixture: string, times: number): string {
  const file = path.join(folder, `${fixture.replace('/', '-')}-x${times}.pcap`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const { frames, clients } = framesOf(path.join(fixtures, fixture, 'input.pcap'));
  const lasts = Math.max(...frames.map(({ at }) => at)) - Math.min(...frames.map(({ at }) => at)) + PAUSE_MICROS;
  const writer = new PcapWriter();
  const partial = `${file}.partial`;
  const descriptor = openSync(partial, 'w');
  writeSync(descriptor, writer.header({ linkType: ETHERNET, snapLength: SNAP_LENGTH }));
  let written: Uint8Array[] = [];
  for (let time = 0; time < times; time++) {
    for (const frame of frames) {
      const port = FIRST_PORT + ((time * clients + frame.client) % PORTS);
      frame.bytes[frame.portAt] = port >> 8;
      frame.bytes[frame.portAt + 1] = port & 0xff;
      written.push(writer.frame({ ...frame, at: frame.at + time * lasts }));
    }
    if (written.length < BATCH && time < times - 1) continue;
    writeSync(descriptor, Buffer.concat(written));
    written = [];
  }
  closeSync(descriptor);
  renameSync(partial, file);
  return file;
}

/** The frames of a file, each in bytes of its own; who sends first on a port of its own is a client. */
function framesOf(file: string): { readonly frames: readonly Told[]; readonly clients: number } {
  const clients = new Map<number, number>();
  const servers = new Set<number>();
  const frames: Told[] = [];
  const found: { portAt: number; client: number }[] = [];
  const decoder = new PacketDecoder({
    packet: (packet) => {
      found.push(clientPort(packet, clients, servers));
    },
    skipped: () => undefined,
  });
  const reader = new CaptureReader({
    frame: (frame) => {
      found.length = 0;
      decoder.frame(frame);
      const [place] = found;
      if (place === undefined) return;
      const { start, end, at, originalLength, interfaceId } = frame;
      const { portAt, client } = place;
      const told = { start: 0, end: end - start, at, originalLength, interfaceId };
      frames.push({ bytes: frame.bytes.slice(start, end), ...told, portAt: portAt - start, client });
    },
  });
  reader.push(new Uint8Array(readFileSync(file)));
  reader.end();
  return { frames, clients: clients.size };
}

/** IPv4 (RFC 791 §3.1): addresses end a header without options; ports begin the one behind it. */
const ADDRESS_BYTES = 8;

function clientPort(packet: Packet, clients: Map<number, number>, servers: Set<number>) {
  const portsAt = packet.srcIp + ADDRESS_BYTES;
  const isAnswer = servers.has(packet.srcPort);
  const port = isAnswer ? packet.dstPort : packet.srcPort;
  if (!isAnswer) servers.add(packet.dstPort);
  const client = clients.get(port) ?? clients.size;
  clients.set(port, client);
  return { portAt: isAnswer ? portsAt + 2 : portsAt, client };
}
