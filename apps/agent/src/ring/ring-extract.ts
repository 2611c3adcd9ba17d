/**
 * Packets of the ring as one pcapng stream: those of a window of time, of given connections, or both. Two passes: the first finds
 * which TLS secrets and names belong to what is given, since they stand before the packets.
 */

import { type FileHandle, open, readFile } from 'node:fs/promises';
import {
  addressText,
  type CaptureInterface,
  CaptureReader,
  ConnectionSet,
  type Frame,
  type Packet,
  PacketDecoder,
  PcapngWriter,
  type WantedConnection,
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
  /** Every connection when absent. */
  readonly connections?: readonly WantedConnection[] | undefined;
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

/** Which packets are wanted, and what is found in them. */
class Choice {
  readonly #since: Micros;
  readonly #until: Micros;
  /** Undefined when every connection is wanted. */
  readonly #connections: ConnectionSet | undefined;
  readonly #decoder: PacketDecoder;
  readonly found = new Set<string>();
  readonly randoms = new Set<string>();
  readonly addresses = new Set<string>();
  #isWanted = false;

  constructor({ since, until, connections }: RingSelection) {
    this.#since = since;
    this.#until = until;
    this.#connections = connections === undefined ? undefined : new ConnectionSet(connections);
    this.#decoder = new PacketDecoder({ packet: (packet) => this.#look(packet), skipped: () => undefined });
  }

  takes(frame: Frame): boolean {
    if (frame.at < this.#since || frame.at > this.#until) return false;
    this.#isWanted = this.#connections === undefined;
    this.#decoder.frame(frame);
    return this.#isWanted;
  }

  #look(packet: Packet): void {
    if (this.#connections !== undefined) {
      const id = this.#connections.find(packet);
      if (id === undefined) return;
      this.found.add(id);
    }
    const { bytes, srcIp, dstIp, ipVersion } = packet;
    this.#isWanted = true;
    if (this.addresses.size < MAX_REMEMBERED)
      this.addresses.add(addressText(bytes, srcIp, ipVersion)).add(addressText(bytes, dstIp, ipVersion));
    this.#handshake(packet);
  }

  #handshake({ protocol, bytes, payloadStart: at, payloadEnd }: Packet): void {
    if (protocol !== TCP || payloadEnd - at < RANDOM_AT + RANDOM_BYTES) return;
    if (bytes[at] !== TLS_HANDSHAKE || bytes[at + 5] !== CLIENT_HELLO || this.randoms.size >= MAX_REMEMBERED) return;
    this.randoms.add(Buffer.from(bytes.subarray(at + RANDOM_AT, at + RANDOM_AT + RANDOM_BYTES)).toString('hex'));
  }
}

interface OpenSegment {
  readonly handle: FileHandle;
  readonly segment: Segment;
}

export class RingExtract {
  readonly counts: ExtractCounts = { packets: 0, bytes: 0, cutSegments: 0 };
  readonly #selection: RingSelection;
  readonly #opened: readonly OpenSegment[];
  readonly #first: Choice;
  readonly #writer = new PcapngWriter();

  private constructor(selection: RingSelection, opened: readonly OpenSegment[]) {
    this.#selection = selection;
    this.#opened = opened;
    this.#first = new Choice(selection);
  }

  /** Looks through what is kept. Whoever opens one reads its `bytes` to the end or closes it. */
  static async open(directory: string, selection: RingSelection): Promise<RingExtract> {
    const opened: OpenSegment[] = [];
    const extract = new RingExtract(selection, opened);
    try {
      for (const segment of await segmentsOf(directory, selection)) {
        // An open file outlives its name: what the ring drops meanwhile is still read.
        const handle = await open(segment.file, 'r').catch(() => undefined);
        if (handle !== undefined) opened.push({ handle, segment });
      }
      await extract.#look();
      return extract;
    } catch (error) {
      await extract.close();
      throw error;
    }
  }

  /** Those of the wanted connections that packets are kept of. */
  get found(): ReadonlySet<string> {
    return this.#first.found;
  }

  /** A whole pcapng file; without packets when nothing fits. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    try {
      const choice = new Choice(this.#selection);
      yield this.#counted(await this.#head());
      const output = new Output(this.#writer);
      for (const { handle } of this.#opened) {
        output.beginSegment();
        for await (const chunk of this.#chosen(handle, { choice, output })) yield this.#counted(chunk);
      }
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map(({ handle }) => handle.close()));
  }

  async #look(): Promise<void> {
    for (const { handle } of this.#opened) {
      const reader = new CaptureReader({ frame: (frame) => void this.#first.takes(frame) });
      for await (const chunk of this.#chunks(handle)) if (reader.push(chunk) !== undefined) break;
    }
  }

  #counted(chunk: Uint8Array): Uint8Array {
    this.counts.bytes += chunk.length;
    return chunk;
  }

  async #head(): Promise<Uint8Array> {
    const { addresses } = this.#first;
    const parts = [this.#writer.section({ application: 'kubeshark' })];
    const keys = await this.#keys();
    if (keys !== '') parts.push(this.#writer.secrets(TLS_KEY_LOG, Buffer.from(keys)));
    const { nameOf } = this.#selection;
    const names = nameOf === undefined ? [] : [...addresses].flatMap((address) => named(address, nameOf(address)));
    if (names.length > 0) parts.push(this.#writer.names(names));
    return Buffer.concat(parts);
  }

  /** Lines of the key logs that open a handshake which is given, and no others. */
  async #keys(): Promise<string> {
    const { randoms } = this.#first;
    const lines = new Set<string>();
    if (randoms.size === 0) return '';
    for (const { segment } of this.#opened) {
      // Most segments have none.
      const text = await readFile(segment.keys, 'latin1').catch(() => '');
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

async function segmentsOf(directory: string, { since, until }: RingSelection): Promise<readonly Segment[]> {
  const all = await listSegments(directory);
  return all.filter(({ startsAt }, n) => {
    const endsAt = all[n + 1]?.startsAt ?? Number.POSITIVE_INFINITY;
    return startsAt <= until + SLACK_MICROS && endsAt >= since - SLACK_MICROS;
  });
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
