import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CaptureReader, type Frame } from '@kubeshark/capture';
import { expect, onTestFinished, test } from 'vitest';
import { MIN_RING_BYTES, RawRing } from './raw-ring.ts';
import { RingExtract, type RingSelection } from './ring-extract.ts';

const START = 1_767_607_200_000_000;
const everything: RingSelection = { since: 0, until: Number.MAX_SAFE_INTEGER };
const RAW_IP = 101;
const silent = { warn: () => undefined };

function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'kubeshark-ring-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function openRing(directory = temporaryDirectory(), budgetBytes = MIN_RING_BYTES): Promise<RawRing> {
  const ring = await RawRing.open({ directory, budgetBytes, log: silent });
  onTestFinished(() => ring.close());
  for (const name of ['eth0', 'veth7']) ring.interface({ linkType: RAW_IP, snapLength: 0, name });
  return ring;
}

/** UDP over IPv4 between 10.0.0.1 and 10.0.0.2, `n` microseconds after the start. */
function udp(n: number, { source = 5000, target = 53, text = `packet ${n}`, interfaceId = 0 } = {}): Frame {
  const payload = Buffer.from(text);
  const bytes = Buffer.alloc(28 + payload.length);
  bytes.writeUInt8(0x45);
  bytes.writeUInt16BE(bytes.length, 2);
  bytes.writeUInt8(17, 9);
  bytes.set([10, 0, 0, 1, 10, 0, 0, 2], 12);
  bytes.writeUInt16BE(source, 20);
  bytes.writeUInt16BE(target, 22);
  bytes.writeUInt16BE(8 + payload.length, 24);
  bytes.set(payload, 28);
  return {
    bytes,
    start: 0,
    end: bytes.length,
    at: START + n,
    originalLength: bytes.length,
    interfaceId,
    linkType: RAW_IP,
  };
}

/** What an extract holds, read back. */
async function extracted(ring: RawRing, selection: Partial<RingSelection> = {}) {
  await ring.flush();
  const extract = await RingExtract.open(ring.directory, { ...everything, ...selection });
  const texts: string[] = [];
  const interfaces: (string | undefined)[] = [];
  const seenOn: (string | undefined)[] = [];
  const secrets: string[] = [];
  const names: string[] = [];
  const reader = new CaptureReader({
    interface: ({ name }) => interfaces.push(name),
    frame: ({ bytes, start, end, interfaceId }) => {
      texts.push(Buffer.from(bytes.subarray(start + 28, end)).toString());
      seenOn.push(interfaces[interfaceId]);
    },
    secrets: (_type, bytes) => secrets.push(Buffer.from(bytes).toString()),
    name: (address, name) => names.push(`${address} ${name}`),
  });
  let bytes = 0;
  for await (const chunk of extract.bytes()) {
    bytes += chunk.length;
    expect(reader.push(chunk)).toBeUndefined();
  }
  expect(reader.end()).toBeUndefined();
  expect(extract.counts).toMatchObject({ packets: texts.length, bytes });
  return { texts, seenOn, secrets, names, cutSegments: extract.counts.cutSegments, found: [...extract.found] };
}

const sizeOf = (directory: string) =>
  readdirSync(directory).reduce((sum, name) => sum + statSync(path.join(directory, name)).size, 0);

test('what is kept comes out again, with its interfaces', async () => {
  const ring = await openRing();
  for (let n = 0; n < 100; n++) ring.frame(udp(n, { interfaceId: n % 2 }));
  const { texts, seenOn } = await extracted(ring);
  expect(texts).toEqual(Array.from({ length: 100 }, (_, n) => `packet ${n}`));
  expect(seenOn.slice(0, 2)).toEqual(['eth0', 'veth7']);
});

test('a window of time, both ends included', async () => {
  const ring = await openRing();
  for (let n = 0; n < 100; n++) ring.frame(udp(n * 1000));
  const { texts } = await extracted(ring, { since: START + 10_000, until: START + 12_000 });
  expect(texts).toEqual(['packet 10000', 'packet 11000', 'packet 12000']);
  expect((await extracted(ring, { since: 0, until: 1 })).texts).toEqual([]);
});

test('given connections, both ways, and nothing else', async () => {
  const ring = await openRing();
  ring.frame(udp(1, { text: 'question' }));
  ring.frame(udp(2, { source: 53, target: 5000, text: 'swapped ports, not ends' }));
  ring.frame(udp(3, { source: 5001, text: 'another' }));
  const id = `udp-10.0.0.1:5000-10.0.0.2:53-${START + 1}`;
  const connections = [{ id }, { id: 'nonsense' }, { id: 'tcp-[2001:db8::1]:1-[2001:db8::2]:2-3' }];
  expect(await extracted(ring, { connections })).toMatchObject({ texts: ['question'], found: [id] });
  expect(await extracted(ring, { connections: [{ id, since: START + 2 }] })).toMatchObject({ texts: [], found: [] });
  expect((await extracted(ring, { connections: [] })).texts).toEqual([]);
});

/** A TCP segment with the beginning of a ClientHello. */
function clientHello(random: string): Frame {
  const bytes = Buffer.alloc(40 + 43);
  bytes.set(udp(0).bytes.subarray(0, 20));
  bytes.writeUInt16BE(bytes.length, 2);
  bytes.writeUInt8(6, 9);
  bytes.set([0x13, 0x88, 0x01, 0xbb], 20);
  bytes.writeUInt8(0x50, 32);
  bytes.set([22, 3, 1, 0, 38, 1, 0, 0, 34, 3, 3], 40);
  bytes.set(Buffer.from(random, 'hex'), 51);
  return { ...udp(0), bytes, end: bytes.length, originalLength: bytes.length };
}

test('secrets and names of what is given, and of nothing else, stand before the packets', async () => {
  const [ours, others] = ['ab'.repeat(32), 'cd'.repeat(32)];
  const ring = await openRing();
  const line = (random: string) => `CLIENT_RANDOM ${random} ${'00'.repeat(48)}`;
  ring.keyLog(`${line(ours)}\n${line(others)}\n`);
  ring.secrets(0x544c534b, Buffer.from(line(ours)));
  ring.frame(clientHello(ours));
  const nameOf = (address: string) => (address === '10.0.0.2' ? 'shop.example' : undefined);
  const { secrets, names } = await extracted(ring, { nameOf });
  expect([secrets, names]).toEqual([[`${line(ours)}\n`], ['10.0.0.2 shop.example']]);
});

test('the budget is never exceeded; the oldest leave first, and what is left is whole', async () => {
  const ring = await openRing();
  const text = 'x'.repeat(10_000);
  for (let n = 0; n < 6000; n++) {
    ring.frame(udp(n, { text: `${n} ${text}` }));
    if (n % 100 !== 99) continue;
    await ring.flush();
    expect(sizeOf(ring.directory)).toBeLessThanOrEqual(MIN_RING_BYTES);
  }
  const numbers = (await extracted(ring)).texts.map((kept) => Number.parseInt(kept, 10));
  expect(numbers.at(-1)).toBe(5999);
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, n) => 6000 - numbers.length + n));
  // Not more than one segment of sixteen is missing.
  expect(sizeOf(ring.directory)).toBeGreaterThan((MIN_RING_BYTES / 16) * 14);
  expect(ring.counts).toEqual({ bytes: sizeOf(ring.directory), since: START + (numbers[0] ?? 0), dropped: 0 });
});

test('an earlier run’s packets are part of the ring, and count', async () => {
  const directory = temporaryDirectory();
  const first = await openRing(directory);
  first.frame(udp(1));
  await first.close();
  const second = await openRing(directory);
  expect(second.counts).toMatchObject({ bytes: sizeOf(directory), since: START + 1 });
  // Its clock may have been set back meanwhile.
  second.frame(udp(0));
  expect((await extracted(second)).texts).toEqual(['packet 1', 'packet 0']);
});

test('after kill -9 everything up to the last write is there, and the cut end is left out and counted', async () => {
  const directory = temporaryDirectory();
  const writer = fork(new URL('../testing/ring-writer.ts', import.meta.url).pathname, [directory], { execArgv: [] });
  const [written] = (await once(writer, 'message')) as [number];
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  const ring = await openRing(directory);
  const { texts } = await extracted(ring);
  expect(texts.slice(0, written)).toEqual(Array.from({ length: written }, (_, n) => `packet ${n}`));

  // What a power cut leaves: half a block.
  const [name = ''] = readdirSync(directory).filter((file) => file.endsWith('.pcapng'));
  truncateSync(path.join(directory, name), statSync(path.join(directory, name)).size - 5);
  const cut = await extracted(ring);
  expect([cut.texts.length, cut.cutSegments]).toEqual([texts.length - 1, 1]);
});

test('files that are no segments are left alone; a damaged one hides nothing of the others', async () => {
  const directory = temporaryDirectory();
  writeFileSync(path.join(directory, 'notes.txt'), 'mine');
  writeFileSync(path.join(directory, `${'0'.repeat(18)}.pcapng`), 'no capture at all');
  const ring = await openRing(directory);
  ring.frame(udp(1));
  await ring.flush();
  appendFileSync(
    path.join(
      directory,
      readdirSync(directory)
        .filter((file) => file.startsWith('0'))
        .at(-1) ?? '',
    ),
    'x',
  );
  const { texts, cutSegments } = await extracted(ring);
  expect([texts, cutSegments, readdirSync(directory).includes('notes.txt')]).toEqual([['packet 1'], 2, true]);
});

test('a disk that takes nothing is told, and packets left out are counted', async () => {
  const directory = temporaryDirectory();
  const told: string[] = [];
  const ring = await RawRing.open({ directory, budgetBytes: 0, log: { warn: (message) => told.push(message) } });
  rmSync(directory, { recursive: true });
  ring.frame(udp(1));
  await ring.flush();
  ring.frame(udp(2));
  expect(ring.counts.dropped).toBe(2);
  expect(told).toEqual([expect.stringContaining('captured packets are not kept: ENOENT')]);
  expect(ring.notes).toHaveLength(1);
  await ring.close();
});

test('packets that come faster than they are written are left out, in bounded memory', async () => {
  const ring = await openRing();
  const frame = udp(1, { text: 'x'.repeat(60_000) });
  // Nothing is written while this runs: only what both buffers hold is kept.
  for (let n = 0; n < 500; n++) ring.frame(frame);
  expect(ring.counts.dropped).toBeGreaterThan(0);
  const kept = (await extracted(ring)).texts.length;
  expect(kept + ring.counts.dropped).toBe(500);
});

test('nobody else can read the packets', async () => {
  const directory = path.join(temporaryDirectory(), 'ring');
  const ring = await openRing(directory);
  ring.keyLog('CLIENT_RANDOM 00 00');
  ring.frame(udp(1));
  await ring.flush();
  expect(statSync(directory).mode & 0o077).toBe(0);
  for (const name of readdirSync(directory)) expect(statSync(path.join(directory, name)).mode & 0o077).toBe(0);
  chmodSync(directory, 0o700);
});
