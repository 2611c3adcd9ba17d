import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { collect } from '../testing/collect.ts';
import { encodeEntries } from './entry-lines.ts';
import { FORMAT, FORMAT_VERSION, type Manifest } from './manifest.ts';
import { RecordingError } from './recording-error.ts';
import { type Content, packRecording, type RecordingPart, readRecording } from './recording-file.ts';
import { archiveSize, endOfArchive, memberHeader, padding } from './tar.ts';

const aManifest = (overrides: Partial<Manifest> = {}): Manifest => ({
  format: FORMAT,
  version: FORMAT_VERSION,
  createdBy: 'Kubeshark test',
  name: 'Checkout',
  query: 'http',
  startedAt: 1_767_607_200_000_000,
  stoppedAt: 1_767_607_260_000_000,
  stopReason: 'hand',
  entries: 0,
  nodes: {},
  protocols: {},
  packets: { origin: 'rebuilt', count: 0, missing: {} },
  gaps: [],
  ...overrides,
});

const content = (bytes: Uint8Array): Content => ({
  size: bytes.length,
  bytes: async function* () {
    yield bytes;
  },
});

const calls = (count: number): Entry[] => Array.from({ length: count }, (_, second) => anHttpEntry(second));

async function* cut(bytes: Uint8Array, sizes: readonly number[] = [65_536]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function pack(entries: readonly Entry[], overrides: Partial<Manifest> = {}): Promise<Buffer> {
  const file = packRecording({
    manifest: aManifest({ entries: entries.length, ...overrides }),
    names: { '10.0.0.2': { name: 'cart', namespace: 'shop' } },
    entries: content(encodeEntries(entries)),
    packets: content(Buffer.from('packets')),
  });
  const bytes = Buffer.concat(await collect(file.bytes()));
  expect(bytes.length).toBe(file.size);
  return bytes;
}

const read = (bytes: Uint8Array, sizes?: readonly number[]): Promise<RecordingPart[]> =>
  collect(readRecording(cut(bytes, sizes)));

/** A tar of these members, whatever they are. */
const tarOf = (...list: readonly (readonly [name: string, text: string | Uint8Array])[]): Buffer =>
  Buffer.concat([
    ...list.flatMap(([name, text]) => {
      const bytes = Buffer.from(text as string);
      return [memberHeader({ name, size: bytes.length }, 0), bytes, padding(bytes.length)];
    }),
    endOfArchive,
  ]);

const manifestText = JSON.stringify(aManifest());

test('what is written is read, however the bytes are cut', async () => {
  const entries = calls(20);
  const bytes = await pack(entries);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 6 }), async (sizes) => {
      const parts = await read(bytes, sizes);
      expect(parts[0]).toMatchObject({ kind: 'manifest', manifest: { name: 'Checkout', entries: 20 } });
      expect(parts[1]).toEqual({ kind: 'names', names: { '10.0.0.2': { name: 'cart', namespace: 'shop' } } });
      expect(parts.flatMap((part) => (part.kind === 'entries' ? part.entries : []))).toEqual(entries);
      const packets = parts.flatMap((part) => (part.kind === 'packets' ? [part.bytes] : []));
      expect(Buffer.concat(packets).toString()).toBe('packets');
    }),
    { numRuns: 40 },
  );
});

test('any JSON inside a call comes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      const entry = anHttpEntry(0, { redis: { response: JSON.parse(JSON.stringify(value)) } });
      const parts = await read(await pack([entry]));
      expect(parts.flatMap((part) => (part.kind === 'entries' ? part.entries : []))).toEqual([entry]);
    }),
    { numRuns: 50 },
  );
});

test('tar and zstd read it without us', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-recording-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(path.join(directory, 'traffic.tar'), await pack(calls(3)));
  const list = execFileSync('tar', ['-tf', 'traffic.tar'], { cwd: directory }).toString().trim().split('\n');
  expect(list).toEqual(['manifest.json', 'names.json', 'entries.ndjson.zst', 'traffic.pcapng']);
  execFileSync('tar', ['-xf', 'traffic.tar'], { cwd: directory });
});

test('no beginning of a recording is called whole', async () => {
  const bytes = await pack(calls(5));
  const lastData = bytes.length - endOfArchive.length;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: lastData - 512 }), async (length) => {
      const fault = await read(bytes.subarray(0, length)).then(
        () => undefined,
        (error: unknown) => (error instanceof RecordingError ? error.fault : 'thrown'),
      );
      expect(fault).toBe(length < 512 ? 'foreign' : 'truncated');
    }),
    { numRuns: 200 },
  );
});

test('no change of a byte throws anything but a RecordingError', async () => {
  const bytes = await pack(calls(5));
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ change;
      await read(changed).catch((error: unknown) => {
        if (!(error instanceof RecordingError)) throw error;
      });
    }),
    { numRuns: 300 },
  );
});

const newer = JSON.stringify({ ...aManifest(), version: FORMAT_VERSION + 1, entries: 'another shape' });

test.each<[string, Uint8Array, RecordingError['fault'], RegExp]>([
  ['nothing', Buffer.alloc(0), 'foreign', /no tar archive/],
  ['a text', Buffer.from('GET / HTTP/1.1\r\n'.repeat(100)), 'foreign', /no tar archive/],
  ['an empty archive', Buffer.from(endOfArchive), 'foreign', /empty/],
  ['an archive of something else', tarOf(['notes.txt', 'hello']), 'foreign', /begins with notes\.txt/],
  ['a manifest of another kind', tarOf(['manifest.json', '{"format":"x"}']), 'foreign', /another kind/],
  ['a manifest that is no JSON', tarOf(['manifest.json', 'no']), 'damaged', /not JSON/],
  [
    'a manifest that lacks something',
    tarOf(['manifest.json', `{"format":"${FORMAT}","version":1}`]),
    'damaged',
    /wrong/,
  ],
  ['a newer version', tarOf(['manifest.json', newer]), 'newer', /version 2.*newer Kubeshark/],
  ['a name that escapes', tarOf(['../../etc/passwd', 'x']), 'damaged', /"\.\.\/\.\.\/etc\/passwd": it is refused/],
  ['an absolute name', tarOf(['/etc/passwd', 'x']), 'damaged', /refused/],
  ['a name that is hidden', tarOf(['.bashrc', 'x']), 'damaged', /refused/],
  ['a member twice', tarOf(['manifest.json', manifestText], ['manifest.json', manifestText]), 'damaged', /twice/],
  ['no entries', tarOf(['manifest.json', manifestText]), 'truncated', /no entries/],
  [
    'fewer entries than it says',
    tarOf(
      ['manifest.json', JSON.stringify(aManifest({ entries: 2 }))],
      ['entries.ndjson.zst', encodeEntries(calls(1))],
    ),
    'truncated',
    /says 2 calls and has 1/,
  ],
  [
    'a line that is no entry',
    tarOf(['manifest.json', manifestText], ['entries.ndjson.zst', encodeEntries([{ id: '1' } as unknown as Entry])]),
    'damaged',
    /line 1 .* no entry/,
  ],
  [
    'entries that are not zstd',
    tarOf(['manifest.json', manifestText], ['entries.ndjson.zst', 'not packed at all']),
    'damaged',
    /cannot be unpacked/,
  ],
])('%s is refused', async (_name, bytes, fault, message) => {
  const error = await read(bytes).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(RecordingError);
  expect(error).toMatchObject({ fault, message: expect.stringMatching(message) });
});

test('a link is refused', async () => {
  const head = Buffer.from(memberHeader({ name: 'manifest.json', size: 0 }, 0));
  head.write('2', 156);
  head.fill(' ', 148, 156);
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  await expect(read(Buffer.concat([head, endOfArchive]))).rejects.toThrow(/no plain file/);
});

test('entries before the damage are read', async () => {
  const entries = calls(3);
  const bad = Buffer.concat([encodeEntries(entries), encodeEntries([{} as Entry])]);
  const bytes = tarOf(['manifest.json', JSON.stringify(aManifest({ entries: 4 }))], ['entries.ndjson.zst', bad]);
  const seen: Entry[] = [];
  const reading = (async () => {
    for await (const part of readRecording(cut(bytes))) if (part.kind === 'entries') seen.push(...part.entries);
  })();
  await expect(reading).rejects.toThrow(/line 4/);
  expect(seen).toEqual(entries);
});

test('a member of a later release is passed over', async () => {
  const bytes = tarOf(
    ['manifest.json', JSON.stringify(aManifest({ entries: 1 }))],
    ['screens.json', '{}'],
    ['entries.ndjson.zst', encodeEntries(calls(1))],
  );
  expect((await read(bytes)).map(({ kind }) => kind)).toEqual(['manifest', 'entries']);
});

test('sizes beyond eight gigabytes are written as tar reads them', async () => {
  const size = 9 * 1024 ** 3;
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-recording-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(path.join(directory, 'head.tar'), memberHeader({ name: 'big', size }, 0));
  // Only the header is there: tar lists it and then says that the archive ends.
  const listed = (() => {
    try {
      return execFileSync('tar', ['-tvf', 'head.tar'], { cwd: directory, stdio: 'pipe' }).toString();
    } catch (error) {
      return String((error as { stdout: Buffer }).stdout);
    }
  })();
  expect(listed).toContain(` ${size} `);
  expect(archiveSize([size])).toBe(512 + size + 1024);
});
