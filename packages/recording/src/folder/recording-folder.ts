/**
 * A recording while it grows: a folder with its entries, to which whole zstd frames are appended. A process that dies
 * leaves at most the beginning of one frame behind, which is cut off when the folder is opened again.
 *
 *     head.json            what is recorded, written once
 *     entries.ndjson.zst   frames of entries, appended
 *     room                 nothing: given up on a full disk, so that the recording can still be ended
 *     manifest.json · names.json · traffic.pcapng    written when the recording is sealed, the manifest last
 */

import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Entry, EntryId } from '@kubeshark/model';
import { z } from 'zod';
import { decodeEntries, encodeEntries, recoverEntries } from '../format/entry-lines.ts';
import { FORMAT, FORMAT_VERSION, Manifest, Names, type StopReason } from '../format/manifest.ts';
import { type Content, members, type RecordingContent } from '../format/recording-file.ts';
import { Summary } from '../format/summary.ts';
import { type PacketsWritten, pcapngOf } from '../packets/capture-file.ts';
import type { KeptPackets } from '../packets/kept.ts';

const HEAD = 'head.json';
const ROOM = 'room';
/** For manifest and names of an ordinary recording, and the state beside them. */
const ROOM_BYTES = 256 * 1024;
const CHUNK_BYTES = 256 * 1024;
/** Entries of one frame: enough to compress well, few enough to unpack in a moment. */
const FRAME_ENTRIES = 500;
/** Latest ids that are known, so that a batch an agent sends again after a crash is not recorded twice. */
const REMEMBERED_IDS = 50_000;

export const RecordingHead = z.object({
  name: z.string(),
  notes: z.string().optional(),
  query: z.string(),
  createdBy: z.string(),
  startedAt: z.number(),
});
export type RecordingHead = z.infer<typeof RecordingHead>;

export interface SealOptions {
  readonly stopReason: StopReason;
  /** Microseconds. */
  readonly stoppedAt: number;
  /** Where packets were kept; without it they are rebuilt. */
  readonly kept?: KeptPackets | undefined;
}

export class RecordingFolder {
  readonly directory: string;
  readonly head: RecordingHead;
  readonly summary: Summary;
  readonly #file: FileHandle;
  readonly #known: Set<EntryId>;
  #waiting: Entry[] = [];
  /** Writes happen one after the other; the first that fails fails all after it. */
  #writing: Promise<void> = Promise.resolve();
  #bytes: number;

  private constructor(
    place: { readonly directory: string; readonly head: RecordingHead },
    found: { readonly file: FileHandle; readonly bytes: number; readonly summary: Summary; known: Set<EntryId> },
  ) {
    this.directory = place.directory;
    this.head = place.head;
    this.#file = found.file;
    this.#bytes = found.bytes;
    this.summary = found.summary;
    this.#known = found.known;
  }

  static async create(directory: string, head: RecordingHead): Promise<RecordingFolder> {
    await mkdir(directory, { recursive: true });
    await writeWhole(path.join(directory, HEAD), head);
    await writeFile(path.join(directory, ROOM), Buffer.alloc(ROOM_BYTES, 1), { mode: 0o600 });
    const file = await open(path.join(directory, members.entries), 'wx', 0o600);
    return new RecordingFolder({ directory, head }, { file, bytes: 0, summary: new Summary(), known: new Set() });
  }

  /** Goes on with a recording whose process ended; counts again what is in it. */
  static async reopen(directory: string): Promise<RecordingFolder> {
    const head = RecordingHead.parse(JSON.parse(await readFile(path.join(directory, HEAD), 'utf8')));
    await rm(path.join(directory, ROOM), { force: true });
    const name = path.join(directory, members.entries);
    const summary = new Summary();
    const known = new Set<EntryId>();
    await writeFile(name, '', { flag: 'a', mode: 0o600 });
    const bytes = await recoverEntries(createReadStream(name, { highWaterMark: CHUNK_BYTES }), (entries) => {
      for (const entry of entries) {
        summary.add(entry);
        remember(known, entry.id);
      }
    });
    if ((await stat(name)).size > bytes) await truncate(name, bytes);
    return new RecordingFolder({ directory, head }, { file: await open(name, 'a', 0o600), bytes, summary, known });
  }

  /** Bytes of entries on disk, packed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries taken, those that still wait to be written included. */
  get entries(): number {
    return this.summary.entries;
  }

  /** Takes an entry; false when it is here already. */
  add(entry: Entry): boolean {
    if (this.#known.has(entry.id)) return false;
    remember(this.#known, entry.id);
    this.summary.add(entry);
    this.#waiting.push(entry);
    return true;
  }

  /** Resolves when everything taken is in the file: the end of this process would not lose it. */
  flush(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      while (this.#waiting.length > 0) {
        const frame = encodeEntries(this.#waiting.splice(0, FRAME_ENTRIES));
        await this.#file.appendFile(frame);
        this.#bytes += frame.length;
      }
    });
    // Reported to everybody who waits; nobody may be waiting.
    this.#writing.catch(() => undefined);
    return this.#writing;
  }

  /** Ends the recording: packets, names, and the manifest that makes it whole. */
  async seal({ stopReason, stoppedAt, kept }: SealOptions): Promise<Manifest> {
    await this.flush();
    await this.#file.sync();
    await this.#file.close();
    await rm(path.join(this.directory, ROOM), { force: true });
    const packets = await this.#packets(kept);
    const { name, notes, query, createdBy, startedAt } = this.head;
    const manifest: Manifest = {
      format: FORMAT,
      version: FORMAT_VERSION,
      createdBy,
      name,
      ...(notes !== undefined && { notes }),
      query,
      startedAt,
      stoppedAt,
      stopReason,
      ...this.summary.counted,
      packets: packetsOf(packets),
    };
    await writeWhole(path.join(this.directory, members.names), this.summary.names);
    await writeWhole(path.join(this.directory, members.manifest), manifest);
    return manifest;
  }

  /** Lets go of the file without ending the recording: it can be opened again. */
  async release(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
  }

  /** Calls without packets are better than no recording. */
  async #packets(kept: KeptPackets | undefined): Promise<PacketsWritten> {
    try {
      return await this.#writePackets(this.#all(), kept);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      const none = await this.#writePackets(nothing(), undefined);
      return {
        ...none,
        missing: this.summary.counted.protocols,
        reasons: ['there was no room for packets: the disk is full'],
      };
    }
  }

  #all = (): AsyncGenerator<readonly Entry[]> => entriesOfFolder(this.directory);

  async #writePackets(
    batches: AsyncIterable<readonly Entry[]>,
    packets: KeptPackets | undefined,
  ): Promise<PacketsWritten> {
    const file = await open(path.join(this.directory, members.packets), 'w', 0o600);
    try {
      const kept = packets && { packets, again: this.#all };
      const frames = pcapngOf(batches, { names: this.summary.names, kept });
      let waiting: Uint8Array[] = [];
      let bytes = 0;
      const write = async () => {
        await file.appendFile(Buffer.concat(waiting));
        waiting = [];
        bytes = 0;
      };
      for (;;) {
        const next = await frames.next();
        if (next.done === true) {
          await write();
          return next.value;
        }
        waiting.push(next.value);
        bytes += next.value.length;
        if (bytes >= CHUNK_BYTES) await write();
      }
    } finally {
      await file.close();
    }
  }
}

async function* nothing(): AsyncGenerator<never> {}

function packetsOf({ count, rebuilt, missing, reasons }: PacketsWritten): Manifest['packets'] {
  const isMixed = rebuilt > 0 && rebuilt < count;
  return {
    origin: count > rebuilt ? 'captured' : 'rebuilt',
    count,
    missing: { ...missing },
    ...(isMixed && { rebuilt }),
    ...(reasons.length > 0 && { reasons: [...reasons] }),
  };
}

/** A sealed recording of a folder, ready to be packed. */
export async function openSealed(directory: string): Promise<RecordingContent> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(path.join(directory, name), 'utf8')) as unknown;
  return {
    manifest: Manifest.parse(await read(members.manifest)),
    names: Names.parse(await read(members.names)),
    entries: await fileContent(path.join(directory, members.entries)),
    packets: await fileContent(path.join(directory, members.packets)),
  };
}

/** The entries of a folder, sealed or not, as far as they are written. */
export const entriesOfFolder = (directory: string): AsyncGenerator<readonly Entry[]> =>
  decodeEntries(createReadStream(path.join(directory, members.entries), { highWaterMark: CHUNK_BYTES }));

async function fileContent(name: string): Promise<Content> {
  const { size } = await stat(name);
  return {
    size,
    // Exactly as much as was promised, should the file grow meanwhile.
    bytes: () => createReadStream(name, { highWaterMark: CHUNK_BYTES, ...(size > 0 && { end: size - 1 }) }),
  };
}

function remember(known: Set<EntryId>, id: EntryId): void {
  known.add(id);
  if (known.size <= REMEMBERED_IDS) return;
  const [oldest] = known;
  if (oldest !== undefined) known.delete(oldest);
}

/** Never seen half written, even after a crash. */
async function writeWhole(name: string, value: unknown): Promise<void> {
  await writeFile(`${name}.new`, `${JSON.stringify(value, null, 2)}\n`, { flush: true, mode: 0o600 });
  await rename(`${name}.new`, name);
}
