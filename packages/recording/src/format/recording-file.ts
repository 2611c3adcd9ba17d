/** A recording as one stream of bytes, written and read without ever being in memory: docs/recording-format.md. */

import type { Entry } from '@kubeshark/model';
import type { z } from 'zod';
import { ByteSource } from './byte-source.ts';
import { decodeEntries } from './entry-lines.ts';
import { FORMAT, FORMAT_VERSION, Manifest, Names } from './manifest.ts';
import { RecordingError } from './recording-error.ts';
import { archiveSize, endOfArchive, type Member, memberHeader, padding, readMembers } from './tar.ts';

/** The members in the order they are written: whoever reads knows first what is to come. */
export const members = {
  manifest: 'manifest.json',
  names: 'names.json',
  entries: 'entries.ndjson.zst',
  packets: 'traffic.pcapng',
} as const;

/** Of manifest.json and names.json, which are read whole: 65,536 names are about 6 MB. */
const MAX_DOCUMENT_BYTES = 32 * 1024 * 1024;

/** A member's bytes, and how many there are. */
export interface Content {
  readonly size: number;
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

export interface RecordingContent {
  readonly manifest: Manifest;
  readonly names: Names;
  readonly entries: Content;
  readonly packets: Content;
}

/** What a recording is made of, as it is read. */
export type RecordingPart =
  | { readonly kind: 'manifest'; readonly manifest: Manifest }
  | { readonly kind: 'names'; readonly names: Names }
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  | { readonly kind: 'packets'; readonly bytes: Uint8Array };

const documentOf = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);

const memory = (bytes: Uint8Array): Content => ({
  size: bytes.length,
  bytes: async function* () {
    yield bytes;
  },
});

/** The file and its size, which a download needs to know before it begins. */
export function packRecording({ manifest, names, entries, packets }: RecordingContent): Content {
  const parts: readonly (readonly [name: string, content: Content])[] = [
    [members.manifest, memory(documentOf(manifest))],
    [members.names, memory(documentOf(names))],
    [members.entries, entries],
    [members.packets, packets],
  ];
  return {
    size: archiveSize(parts.map(([, { size }]) => size)),
    bytes: async function* () {
      for (const [name, { size, bytes }] of parts) {
        yield memberHeader({ name, size }, manifest.stoppedAt / 1e6);
        yield* bytes();
        yield padding(size);
      }
      yield endOfArchive;
    },
  };
}

/** Reads a recording. Throws a RecordingError where it cannot be read on; what came before is whole. */
export async function* readRecording(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<RecordingPart> {
  const source = new ByteSource(chunks);
  let manifest: Manifest | undefined;
  let read = 0;
  const seen = new Set<string>();
  try {
    for await (const member of readMembers(source)) {
      const { name } = member;
      if (seen.has(name)) throw new RecordingError('damaged', `the recording has ${name} twice`);
      seen.add(name);
      if (manifest === undefined) {
        manifest = await readManifest(member);
        yield { kind: 'manifest', manifest };
      } else if (name === members.names) yield { kind: 'names', names: await readDocument(member, Names) };
      else if (name === members.entries) {
        for await (const entries of decodeEntries(member.content)) {
          read += entries.length;
          yield { kind: 'entries', entries };
        }
        if (read !== manifest.entries)
          throw new RecordingError('truncated', `the recording says ${manifest.entries} calls and has ${read}`);
      } else if (name === members.packets) for await (const bytes of member.content) yield { kind: 'packets', bytes };
      // Members of later releases are passed over.
    }
    if (!seen.has(members.entries)) throw new RecordingError('truncated', `the recording has no ${members.entries}`);
  } finally {
    await source.close();
  }
}

async function readManifest(member: Member): Promise<Manifest> {
  if (member.name !== members.manifest)
    throw new RecordingError('foreign', `this is not a recording: the archive begins with ${member.name}`);
  const value = await readJson(member);
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== FORMAT)
    throw new RecordingError('foreign', 'this is not a recording: its manifest is of another kind');
  // Before the shape, which a newer version may have changed.
  if (typeof version === 'number' && version > FORMAT_VERSION)
    throw new RecordingError(
      'newer',
      `the recording has format version ${version}, this program knows ${FORMAT_VERSION}: use a newer Kubeshark`,
    );
  return checked(Manifest, value, member.name);
}

const readDocument = async <T>(member: Member, schema: z.ZodType<T>): Promise<T> =>
  checked(schema, await readJson(member), member.name);

function checked<T>(schema: z.ZodType<T>, value: unknown, name: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RecordingError('damaged', `${name} is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message}`);
}

async function readJson({ name, size, content }: Member): Promise<unknown> {
  if (size > MAX_DOCUMENT_BYTES)
    throw new RecordingError('damaged', `${name} has ${size} bytes; more than ${MAX_DOCUMENT_BYTES} are not read`);
  const parts: Uint8Array[] = [];
  for await (const chunk of content) parts.push(Uint8Array.from(chunk));
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (error) {
    throw new RecordingError('damaged', `${name} is not JSON`, { cause: error });
  }
}
