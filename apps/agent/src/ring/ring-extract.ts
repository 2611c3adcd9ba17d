/**
 * Packets of the ring as one pcapng stream: those of a window of time, of given connections, or both. Two passes: the first finds
 * which TLS secrets and names belong to what is given, since they stand before the packets.
 */

import { type FileHandle, open, readFile } from 'node:fs/promises';
import {
  addressText,
  type CaptureInterface,
  CaptureReader,
  type Frame,
  type Packet,
  PacketDecoder,
  PcapngWriter,
} from '@kubeshark/capture';
import type { Micros } from '@kubeshark/model';
import { listSegments, type Segment } from './segments.ts';

const CHUNK_BYTES = 1024 * 1024;
/** Packets may be written a little out of order; segments that begin within this time after the window still count. */
const SLACK_MICROS = 1_000_000;
/** TLS handshakes and addresses remembered between the passes. */
const MAX_REMEMBERED = 100_000;

/** Secrets type of a TLS key log: `TLSK`. */
const TLS_KEY_LOG = 0x544c534b;
const TCP = 6;
const TLS_HANDSHAKE = 22;
const CLIENT_HELLO = 1;
/** Of the random in a record with a ClientHello: record header, handshake header, version. */
const RANDOM_AT = 11;
const RANDOM_BYTES = 32;

export interface RingSelection {
  readonly since: Micros;
  readonly until: Micros;
  /** `connection.id` of entries; every connection when absent. IP fragments belong to none. */
  readonly connections?: readonly string[] | undefined;
  /** Names to write beside the packets. */
  readonly nameOf?: ((address: string) => string | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExtractCounts {
  packets: number;
  bytes: number;
  /** Segments that end inside a record, as one does that was being written when the machine stopped. */
  cutSegments: number;
}

/** `tcp-10.0.0.7:40000-[2001:db8::1]:80-1767607200000000` */
const connectionId = /^(?:tcp|udp|icmp)-\[?([^\]-]+?)\]?:(\d+)-\[?([^\]-]+?)\]?:(\d+)-\d+$/;

const endsKey = (ip: string, port: number, ip2: string, port2: number) => `${ip} ${port} ${ip2} ${port2}`;

/** Which packets are wanted, and what is found in them. */
class Choice {
  readonly #since: Micros;
  readonly #until: Micros;
  readonly #ends: ReadonlySet<string> | undefined;
  /** Both ports in one number: most packets are told by them alone. */
  readonly #ports = new Set<number>();
  readonly #decoder: PacketDecoder;
  readonly randoms = new Set<string>();
  readonly addresses = new Set<string>();
  #isWanted = false;

  constructor({ since, until, connections }: RingSelection) {
    this.#since = since;
    this.#until = until;
    this.#ends = connections === undefined ? undefined : this.#endsOf(connections);
    this.#decoder = new PacketDecoder({ packet: (packet) => this.#look(packet), skipped: () => undefined });
  }

  takes(frame: Frame): boolean {
    if (frame.at < this.#since || frame.at > this.#until) return false;
    this.#isWanted = this.#ends === undefined;
    this.#decoder.frame(frame);
    return this.#isWanted;
  }

  #endsOf(connections: readonly string[]): Set<string> {
    const ends = new Set<string>();
    for (const id of connections) {
      const [, client = '', clientPort = '', server = '', serverPort = ''] = connectionId.exec(id) ?? [];
      const [a, b] = [Number(clientPort), Number(serverPort)];
      ends.add(endsKey(client, a, server, b)).add(endsKey(server, b, client, a));
      this.#ports.add(a * 65_536 + b).add(b * 65_536 + a);
    }
    return ends;
  }

  #look(packet: Packet): void {
    const { bytes, srcIp, dstIp, srcPort, dstPort, ipVersion } = packet;
    if (this.#ends !== undefined && !this.#ports.has(srcPort * 65_536 + dstPort)) return;
    const src = addressText(bytes, srcIp, ipVersion);
    const dst = addressText(bytes, dstIp, ipVersion);
    if (this.#ends !== undefined && !this.#ends.has(endsKey(src, srcPort, dst, dstPort))) return;
    this.#isWanted = true;
    if (this.addresses.size < MAX_REMEMBERED) this.addresses.add(src).add(dst);
    this.#handshake(packet);
  }

  #handshake({ protocol, bytes, payloadStart: at, payloadEnd }: Packet): void {
    if (protocol !== TCP || payloadEnd - at < RANDOM_AT + RANDOM_BYTES) return;
    if (bytes[at] !== TLS_HANDSHAKE || bytes[at + 5] !== CLIENT_HELLO || this.randoms.size >= MAX_REMEMBERED) return;
    this.randoms.add(Buffer.from(bytes.subarray(at + RANDOM_AT, at + RANDOM_AT + RANDOM_BYTES)).toString('hex'));
  }
}

export class RingExtract {
  readonly counts: ExtractCounts = { packets: 0, bytes: 0, cutSegments: 0 };
  readonly #directory: string;
  readonly #selection: RingSelection;
  readonly #writer = new PcapngWriter();

  constructor(directory: string, selection: RingSelection) {
    this.#directory = directory;
    this.#selection = selection;
  }

  /** A whole pcapng file; without packets when nothing fits. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    const opened: { readonly handle: FileHandle; readonly segment: Segment }[] = [];
    try {
      for (const segment of await this.#segments()) {
        // An open file outlives its name: what the ring drops meanwhile is still read.
        const handle = await open(segment.file, 'r').catch(() => undefined);
        if (handle !== undefined) opened.push({ handle, segment });
      }
      const choice = new Choice(this.#selection);
      const first = new Choice(this.#selection);
      for (const { handle } of opened) {
        const reader = new CaptureReader({ frame: (frame) => void first.takes(frame) });
        for await (const chunk of this.#chunks(handle)) if (reader.push(chunk) !== undefined) break;
      }
      yield this.#counted(
        await this.#head(
          first,
          opened.map(({ segment }) => segment),
        ),
      );
      const output = new Output(this.#writer);
      for (const { handle } of opened) {
        output.beginSegment();
        for await (const chunk of this.#chosen(handle, { choice, output })) yield this.#counted(chunk);
      }
    } finally {
      await Promise.all(opened.map(({ handle }) => handle.close()));
    }
  }

  #counted(chunk: Uint8Array): Uint8Array {
    this.counts.bytes += chunk.length;
    return chunk;
  }

  async #segments(): Promise<readonly Segment[]> {
    const { since, until } = this.#selection;
    const all = await listSegments(this.#directory);
    return all.filter(({ startsAt }, n) => {
      const endsAt = all[n + 1]?.startsAt ?? Number.POSITIVE_INFINITY;
      return startsAt <= until + SLACK_MICROS && endsAt >= since - SLACK_MICROS;
    });
  }

  async #head({ randoms, addresses }: Choice, segments: readonly Segment[]): Promise<Uint8Array> {
    const parts = [this.#writer.section({ application: 'kubeshark' })];
    const keys = await this.#keys(randoms, segments);
    if (keys !== '') parts.push(this.#writer.secrets(TLS_KEY_LOG, Buffer.from(keys)));
    const { nameOf } = this.#selection;
    const names = nameOf === undefined ? [] : [...addresses].flatMap((address) => named(address, nameOf(address)));
    if (names.length > 0) parts.push(this.#writer.names(names));
    return Buffer.concat(parts);
  }

  /** Lines of the key logs that open a handshake which is given, and no others. */
  async #keys(randoms: ReadonlySet<string>, segments: readonly Segment[]): Promise<string> {
    const lines = new Set<string>();
    if (randoms.size === 0) return '';
    for (const { keys } of segments) {
      // Most segments have none.
      const text = await readFile(keys, 'latin1').catch(() => '');
      for (const line of text.split('\n'))
        if (randoms.has(line.split(' ')[1]?.toLowerCase() ?? '')) lines.add(`${line}\n`);
    }
    return [...lines].join('');
  }

  async *#chosen(
    handle: FileHandle,
    { choice, output }: { readonly choice: Choice; readonly output: Output },
  ): AsyncGenerator<Uint8Array> {
    const reader = new CaptureReader({
      interface: (description) => output.interface(description),
      frame: (frame) => {
        if (!choice.takes(frame)) return;
        output.frame(frame);
        this.counts.packets += 1;
      },
    });
    for await (const chunk of this.#chunks(handle)) {
      const fault = reader.push(chunk);
      yield* output.take();
      if (fault !== undefined) break;
    }
    if (reader.end() !== undefined) this.counts.cutSegments += 1;
  }

  /** The file in pieces, each valid until the next. */
  async *#chunks(handle: FileHandle): AsyncGenerator<Uint8Array> {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let at = 0; ; ) {
      this.#selection.signal?.throwIfAborted();
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  }
}

const named = (address: string, name: string | undefined) => (name === undefined ? [] : [[address, name] as const]);

/** Interfaces of all segments under numbers of one section, and blocks until they are taken. */
class Output {
  readonly #writer: PcapngWriter;
  readonly #numbers = new Map<string, number>();
  #segment: number[] = [];
  #blocks: Uint8Array[] = [];

  constructor(writer: PcapngWriter) {
    this.#writer = writer;
  }

  beginSegment(): void {
    this.#segment = [];
  }

  interface(description: CaptureInterface): void {
    const key = `${description.linkType} ${description.name}`;
    const known = this.#numbers.get(key);
    if (known === undefined) this.#blocks.push(this.#writer.interface(description));
    const number = known ?? this.#numbers.size;
    this.#numbers.set(key, number);
    this.#segment.push(number);
  }

  frame(frame: Frame): void {
    const interfaceId = this.#segment[frame.interfaceId] ?? 0;
    const { bytes, start, end, at, originalLength } = frame;
    this.#blocks.push(this.#writer.frame({ bytes, start, end, at, originalLength, interfaceId }));
  }

  *take(): Generator<Uint8Array> {
    if (this.#blocks.length === 0) return;
    const blocks = this.#blocks;
    this.#blocks = [];
    yield Buffer.concat(blocks);
  }
}
