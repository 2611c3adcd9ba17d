import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CaptureDissection, CaptureReader, PcapngWriter } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { collect } from '../testing/collect.ts';
import { MAX_CAPTURED_BYTES, pcapngOf, pcapOf, REBUILT_COMMENT } from './capture-file.ts';
import { type KeptPackets, MAX_BEFORE, MAX_KEPT_CONNECTIONS, type PacketSource } from './kept.ts';
import { keptInFile } from './kept-file.ts';
import { mergedInTime } from './kept-frames.ts';

const fixture = (name: string): Uint8Array =>
  readFileSync(path.resolve(import.meta.dirname, '../../../capture/fixtures', name, 'input.pcap'));

async function* one<T>(item: T): AsyncGenerator<T> {
  yield item;
}

function callsIn(bytes: Uint8Array): Entry[] {
  const calls: Entry[] = [];
  const capture = new CaptureDissection({ source: 'file', onCall: (call) => calls.push(call.toEntry()) });
  capture.push(bytes);
  expect(capture.end()).toBeUndefined();
  return calls;
}

/** A file with the packets of the calls, as it is read back. */
async function written(format: 'pcap' | 'pcapng', entries: readonly Entry[], packets: KeptPackets, maxBytes?: number) {
  const kept = { packets, again: () => one(entries), ...(maxBytes !== undefined && { maxBytes }) };
  const pieces = format === 'pcap' ? pcapOf(one(entries), kept) : pcapngOf(one(entries), { kept });
  const chunks: Uint8Array[] = [];
  let next = await pieces.next();
  for (; next.done !== true; next = await pieces.next()) chunks.push(next.value);
  const bytes = Buffer.concat(chunks);
  const frames: { text: string; at: number; on: string | undefined }[] = [];
  const names: (string | undefined)[] = [];
  const reader = new CaptureReader({
    interface: ({ name }) => names.push(name),
    frame: ({ bytes: from, start, end, at, interfaceId }) =>
      frames.push({ text: Buffer.from(from.subarray(start, end)).toString('latin1'), at, on: names[interfaceId] }),
  });
  reader.push(bytes);
  expect(reader.end()).toBeUndefined();
  return { bytes, frames, report: next.value };
}

const framesIn = (bytes: Uint8Array): number => {
  let count = 0;
  const reader = new CaptureReader({ frame: () => count++ });
  reader.push(bytes);
  return count;
};

test.each(['pcap', 'pcapng'] as const)(
  '%s: the packets that were captured give the same calls again',
  async (format) => {
    const capture = fixture('http/pipelined-gets');
    const calls = callsIn(capture);
    const { bytes, report } = await written(
      format,
      calls,
      keptInFile(() => one(capture)),
    );
    expect(report).toEqual({ count: framesIn(capture), rebuilt: 0, missing: {}, reasons: [] });
    expect(callsIn(bytes).map(({ summary, connection }) => [summary, connection.id])).toEqual(
      calls.map(({ summary, connection }) => [summary, connection.id]),
    );
  },
);

test('calls without captured packets have rebuilt ones, marked and in order of time', async () => {
  const capture = fixture('http/pipelined-gets');
  const calls = callsIn(capture);
  const first = calls[0]!.timestamp;
  const other = anHttpEntry(0, { timestamp: first + 1, summary: 'GET /other' });
  const { bytes, frames, report } = await written(
    'pcapng',
    [...calls, other],
    keptInFile(() => one(capture)),
  );
  expect(report).toMatchObject({ rebuilt: 5, reasons: ['some calls are of connections that nobody captured'] });
  expect(frames.filter(({ on }) => on === 'rebuilt')).toHaveLength(5);
  expect(frames.map(({ at }) => at)).toEqual(frames.map(({ at }) => at).toSorted((a, b) => a - b));
  const text = bytes.toString('latin1');
  expect(text).toContain(
    `of the connections of ${calls.length} calls. 1 more have rebuilt ones, on the interface "rebuilt"`,
  );
  expect(text).toContain(REBUILT_COMMENT);

  // Written out once more, what was rebuilt is rebuilt again and not taken for captured.
  const again = await written(
    'pcapng',
    [other],
    keptInFile(() => one(bytes)),
  );
  expect(again.report).toMatchObject({ count: 5, rebuilt: 5 });
  expect(again.frames.every(({ on }) => on === 'rebuilt')).toBe(true);
});

/** Where one node has them all. */
function node(take: PacketSource['take']): KeptPackets {
  const source = { name: 'node-1', take };
  return { sourceOf: () => source };
}
const began = (before: number) => {
  const { timestamp } = anHttpEntry(0);
  const id = `tcp-10.0.0.1:${before % 65_536}-10.0.0.2:80-${timestamp - before}`;
  return anHttpEntry(0, { connection: { id, transport: 'tcp', index: 0 } });
};

test.each([
  ['nobody has packets', { sourceOf: () => 'no node keeps packets' }, 'no node keeps packets'],
  [
    'who has them cannot be asked',
    node(() => Promise.reject(new Error('the agent has gone'))),
    'packets of node-1 could not be had: the agent has gone',
  ],
] as const)('%s: they are rebuilt and it is said why', async (_name, packets, reason) => {
  const { frames, report } = await written('pcapng', [began(0)], packets);
  expect([frames.length, report]).toEqual([5, { count: 5, rebuilt: 5, missing: {}, reasons: [reason] }]);
});

test('a connection of which some calls are too old is rebuilt whole', async () => {
  const capture = fixture('http/pipelined-gets');
  const calls = callsIn(capture);
  const file = keptInFile(() => one(capture));
  const late = calls.at(-1)!;
  const packets = { sourceOf: (entry: Entry) => (entry === late ? file.sourceOf(entry) : 'too old') };
  const { report } = await written('pcapng', calls, packets);
  expect(report).toMatchObject({ reasons: ['too old'] });
  expect(report.rebuilt).toBe(report.count);
});

test('captured bytes beyond the limit are left out and said; what is rebuilt stays', async () => {
  const capture = fixture('http/pipelined-gets');
  const calls = callsIn(capture);
  const other = anHttpEntry(0, { timestamp: calls.at(-1)!.timestamp + 1 });
  const lengths: number[] = [];
  new CaptureReader({ frame: ({ start, end }) => lengths.push(end - start) }).push(capture);
  const three = lengths.slice(0, 3).reduce((sum, length) => sum + length, 0);
  const packets = keptInFile(() => one(capture));
  const { report } = await written('pcapng', [...calls, other], packets, three);
  expect(report).toMatchObject({ count: 3 + 5, rebuilt: 5 });
  expect(report.reasons).toContain(`captured packets beyond ${three} bytes were left out`);
  expect(MAX_CAPTURED_BYTES).toBe(4_294_967_296);
});

test('packets that end early are said, and what came is there', async () => {
  const capture = fixture('http/pipelined-gets');
  const broken = async function* () {
    yield capture.subarray(0, -5);
    throw new Error('the agent has gone');
  };
  const found = new Set(callsIn(capture).map(({ connection }) => connection.id));
  const packets = node(async () => ({ found, bytes: broken() }));
  const { report } = await written('pcapng', callsIn(capture), packets);
  expect(report).toMatchObject({ rebuilt: 0, reasons: ['packets of node-1 end early: the agent has gone'] });
  expect(report.count).toBe(framesIn(capture) - 1);
});

test('a connection is taken from its beginning, unless that was long before the first of the calls', async () => {
  const asked: number[] = [];
  const packets = node(async ({ connections }) => {
    asked.push(...connections.map(({ since }) => since));
    return { found: new Set(), bytes: one(new PcapngWriter().section()) };
  });
  await written('pcapng', [began(MAX_BEFORE), began(MAX_BEFORE + 1)], packets);
  const { timestamp } = anHttpEntry(0);
  expect(asked).toEqual([timestamp - MAX_BEFORE, timestamp - 1_000_000]);
});

test('more connections than can be asked for: those beyond have rebuilt packets', async () => {
  const asked: number[] = [];
  const packets = node(async ({ connections }) => {
    asked.push(connections.length);
    return { found: new Set(), bytes: one(new PcapngWriter().section()) };
  });
  const entries = Array.from({ length: MAX_KEPT_CONNECTIONS + 1 }, (_, n) => began(n));
  const { report } = await written('pcapng', entries, packets);
  expect([asked, report.reasons[0]]).toEqual([
    [MAX_KEPT_CONNECTIONS],
    `these calls have more than ${MAX_KEPT_CONNECTIONS} connections`,
  ]);
});

test('streams are joined in order of time, whatever each has', async () => {
  const stream = async function* (items: readonly number[]) {
    yield* items;
  };
  const merged = mergedInTime([[1, 4, 9], [], [2, 3, 10], [5]].map(stream), (time) => time);
  expect(await collect(merged)).toEqual([1, 2, 3, 4, 5, 9, 10]);
});
