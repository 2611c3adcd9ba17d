/** What a hostile peer may send: its own stream suffers, is counted and named; the one beside it does not notice. */

import { deflateRawSync, gzipSync } from 'node:zlib';
import type { Entry } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { MAX_OPEN_BYTES, openContents } from '../http/open-contents.ts';
import type { Packet } from '../packet/packet.ts';
import { dissectors } from '../protocols/registry.ts';
import type { Call } from './call.ts';
import { createEngine } from './engine.ts';
import { defaultLimits } from './limits.ts';
import { SYN, WireScript } from './testing/wire-script.ts';

const MB = 1024 * 1024;
/** Payload of one packet. */
const SEGMENT = 1400;

const attacker = () => new WireScript({ clientIp: [10, 6, 6, 6], clientPort: 6666, serverPort: 80 });

/** Packets of one side with these bytes. */
function send(wire: WireScript, side: 'client' | 'server', bytes: Uint8Array | string): Packet[] {
  const data = Buffer.from(bytes as string, 'latin1');
  const packets: Packet[] = [];
  for (let at = 0; at < data.length; at += SEGMENT)
    packets.push(wire.tcp(side, { data: data.subarray(at, at + SEGMENT) }));
  return packets;
}

const PACKETS_IN_A_CHUNK = 16;

/** Runs an attack with calls of a good client before, among and behind its packets. */
function run(attack: readonly Packet[], watch?: () => void) {
  const entries: Entry[] = [];
  const onCall = (call: Call) => {
    // Of a flood of connections the first ones tell enough.
    if (call.protocol !== 'tcp' || entries.length < 100) entries.push(call.toEntry());
  };
  const engine = createEngine({ onCall, dissectors });
  const good = new WireScript({ clientIp: [10, 1, 1, 1], serverPort: 80 });
  const call = (index: number) => [
    good.tcp('client', { data: `GET /good/${index} HTTP/1.1\r\nHost: shop\r\n\r\n` }),
    good.tcp('server', { data: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' }),
  ];
  const calls = 20;
  const packets = [...good.handshake(), ...call(0)];
  for (let index = 1; index < calls; index++) {
    const share = (position: number) => Math.floor((attack.length * position) / (calls - 1));
    packets.push(...attack.slice(share(index - 1), share(index)), ...call(index));
  }
  let peak = 0;
  let flows = 0;
  for (const [index, packet] of packets.entries()) {
    packet.at = 1_000_000 + index * 10;
    if (index % PACKETS_IN_A_CHUNK === 0) engine.lend();
    engine.packet(packet);
    if (index % PACKETS_IN_A_CHUNK === PACKETS_IN_A_CHUNK - 1) engine.settle();
    peak = Math.max(peak, engine.budget.used);
    flows = Math.max(flows, engine.flows);
    watch?.();
  }
  engine.settle();
  engine.end();
  const isGood = ({ src }: Entry) => src.ip === '10.1.1.1';
  expect(entries.filter((entry) => isGood(entry) && entry.status === 200)).toHaveLength(calls);
  expect([...engine.counters.faults.keys()].filter((fault) => fault.includes('bug'))).toEqual([]);
  expect(engine.budget.used).toBe(0);
  return {
    peak,
    flows,
    others: entries.filter((entry) => !isGood(entry)),
    faults: [...engine.counters.faults.keys()],
    engine,
  };
}

const request = (head: string) => `GET /bad HTTP/1.1\r\nHost: shop\r\n${head}\r\n`;
const answer = (head: string, body: Uint8Array) =>
  Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${head}Content-Length: ${body.length}\r\n\r\n`), body]);

test('a flood of header fields: so many are kept, the call is shown', () => {
  const wire = attacker();
  const fields = Array.from({ length: 6000 }, (_, index) => `a${index}:b\r\n`).join('');
  const { others } = run([
    ...wire.handshake(),
    ...send(wire, 'client', request(fields)),
    ...send(wire, 'server', answer('', Buffer.from('ok'))),
  ]);
  expect(others).toMatchObject([{ protocol: 'http', request: { path: '/bad' }, status: 200 }]);
  expect(Object.keys(others[0]?.request?.headers ?? {}).length).toBeLessThanOrEqual(1000);
});

test('a head without end is given up by its limit, not kept', () => {
  const wire = attacker();
  const { faults, peak } = run([
    ...wire.handshake(),
    ...send(wire, 'client', `GET /bad HTTP/1.1\r\nX: ${'x'.repeat(2 * MB)}`),
  ]);
  expect(faults.filter((fault) => fault.startsWith('http: '))).not.toEqual([]);
  expect(peak).toBeLessThan(MB);
});

/** Frames of HTTP/2 behind the preface. */
const h2 = (...frames: readonly Uint8Array[]) =>
  Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0, new Uint8Array(0)), ...frames]);
function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.set([type, flags], 3);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

test('an HPACK bomb: a long field named thousands of times is counted, not kept', () => {
  const wire = attacker();
  const long = Buffer.concat([Buffer.from('4001617f811e', 'hex'), Buffer.alloc(4000, 0x62)]);
  const blocks = Array.from({ length: 40 }, (_, index) =>
    frame(1, 5, 2 * index + 3, Buffer.concat([Buffer.from([0x82, 0x86, 0x84]), Buffer.alloc(16_000, 0xbe)])),
  );
  const { faults, peak } = run([
    ...wire.handshake(),
    ...send(wire, 'client', h2(frame(1, 5, 1, Buffer.concat([Buffer.from([0x82, 0x86, 0x84]), long])), ...blocks)),
  ]);
  expect(faults).toContain('http2: http2: header fields beyond the limit left out');
  expect(peak).toBeLessThan(MB);
});

test('a flood of CONTINUATION is given up by its limit', () => {
  const wire = attacker();
  const flood = Array.from({ length: 20_000 }, () => frame(9, 0, 1, Buffer.from('xxxx')));
  const { faults, peak } = run([
    ...wire.handshake(),
    ...send(wire, 'client', h2(frame(1, 0, 1, Buffer.from([0x82])), ...flood)),
  ]);
  expect(faults).toContain('http2: http2: header block too long');
  expect(peak).toBeLessThan(MB);
});

test('a decompression bomb is cut by its ratio, and says so', () => {
  const wire = attacker();
  const { others } = run([
    ...wire.handshake(),
    ...send(wire, 'client', request('')),
    ...send(wire, 'server', answer('Content-Encoding: gzip\r\n', gzipSync(Buffer.alloc(200 * MB)))),
  ]);
  expect(others).toMatchObject([{ response: { body: { truncated: true, fault: 'ratio limit' } } }]);
});

test('a decompression bomb in a WebSocket message', () => {
  const wire = attacker();
  const bomb = deflateRawSync(Buffer.alloc(64 * MB));
  const head = Buffer.alloc(10);
  head.set([0xc2, 127]);
  head.writeUInt32BE(bomb.length, 6);
  const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\n';
  const { others } = run([
    ...wire.handshake(),
    ...send(wire, 'client', request(upgrade)),
    ...send(
      wire,
      'server',
      `HTTP/1.1 101 Switching Protocols\r\n${upgrade}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n`,
    ),
    ...send(wire, 'server', Buffer.concat([head, bomb])),
  ]);
  expect(others.find(({ protocol }) => protocol === 'ws')).toMatchObject({
    response: { body: { fault: 'deflate: broken or too large' } },
  });
});

test('garbage on port 80 is a connection with its bytes and the reason', () => {
  const wire = attacker();
  // xorshift: no byte of it is chosen.
  let state = 1;
  const garbage = Uint8Array.from({ length: 100_000 }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
  const { others, peak } = run([
    ...wire.handshake(),
    ...send(wire, 'client', garbage),
    ...send(wire, 'server', garbage),
  ]);
  expect(others).toMatchObject([{ protocol: 'tcp', request: { size: 100_000 }, tcp: { reason: 'not recognised' } }]);
  expect(peak).toBeLessThan(64 * 1024);
});

test('garbage behind a good call is skipped, counted, and given up when there is too much of it', () => {
  const wire = attacker();
  const { others, faults, peak } = run([
    ...wire.handshake(),
    ...send(wire, 'client', request('')),
    ...send(wire, 'server', answer('', Buffer.from('ok'))),
    ...send(wire, 'client', '\x00\x01 no request\r\n\r\n'.repeat(20_000)),
  ]);
  expect(others[0]).toMatchObject({ protocol: 'http', status: 200 });
  expect(faults.filter((fault) => fault.startsWith('http: '))).not.toEqual([]);
  expect(peak).toBeLessThan(MB);
});

test('lengths that lie: a chunk, a frame and a body of gigabytes keep nothing waiting', () => {
  const chunk = attacker();
  const lying = [
    ...chunk.handshake(),
    ...send(chunk, 'client', request('')),
    ...send(chunk, 'server', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff0\r\nabc'),
    ...send(chunk, 'server', 'x'.repeat(MB)),
  ];
  const body = new WireScript({ clientIp: [10, 6, 6, 7], clientPort: 6667, serverPort: 80 });
  lying.push(
    ...body.handshake(),
    ...send(body, 'client', request('')),
    ...send(body, 'server', 'HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nabc'),
    ...send(body, 'server', 'x'.repeat(MB)),
  );
  const { others, peak } = run(lying);
  expect(others).toMatchObject([
    { response: { body: { truncated: true } } },
    { response: { body: { truncated: true } } },
  ]);
  expect(peak).toBeLessThan(MB);
});

test('uploads without end on hundreds of connections: bodies are cut, calls are all told', () => {
  const uploads = 160;
  const { maxBodyBytes } = defaultLimits;
  expect(uploads * maxBodyBytes).toBeGreaterThan(MAX_OPEN_BYTES);
  const wires = Array.from(
    { length: uploads },
    (_, index) => new WireScript({ clientIp: [10, 6, 6, index], clientPort: 6666, serverPort: 80 }),
  );
  const head = 'POST /bad HTTP/1.1\r\nHost: shop\r\nContent-Length: 99999999\r\n\r\n';
  const piece = Buffer.alloc(60_000, 'x');
  const attack = wires.flatMap((wire) => [...wire.handshake(), ...send(wire, 'client', head)]);
  for (let sent = 0; sent < maxBodyBytes; sent += piece.length)
    attack.push(...wires.map((wire) => wire.tcp('client', { data: piece })));
  let most = 0;
  const { others, engine } = run(attack, () => {
    most = Math.max(most, openContents.size);
  });
  expect(most).toBeGreaterThan(MAX_OPEN_BYTES / 2);
  expect(most).toBeLessThanOrEqual(MAX_OPEN_BYTES);
  expect(engine.counters.cutBodies).toBeGreaterThan(30);
  expect(others.filter(({ request }) => request?.body?.truncated === true)).toHaveLength(uploads);
  expect(openContents.size).toBe(0);
});

/** A call of Thrift with a text of so many bytes. */
function thriftCall(number: number, length: number): Buffer {
  const bytes = Buffer.alloc(4 + 4 + 4 + 3 + 4 + 3 + 4 + length + 1, 'x');
  bytes.writeUInt32BE(bytes.length - 4, 0);
  bytes.set([0x80, 1, 0, 1, 0, 0, 0, 3, ...Buffer.from('get')], 4);
  bytes.writeUInt32BE(number, 15);
  bytes.set([11, 0, 1], 19);
  bytes.writeUInt32BE(length, 22);
  bytes[bytes.length - 1] = 0;
  return bytes;
}

test('large requests that nobody answers: connections with them are given up and joined again, those without stay', () => {
  const length = 300_000;
  const requests = 40;
  const wires = Array.from(
    { length: 8 },
    (_, index) => new WireScript({ clientIp: [10, 6, 6, index], clientPort: 6666, serverPort: 9090 }),
  );
  const idle = new WireScript({ clientIp: [10, 6, 7, 7], clientPort: 6666, serverPort: 80 });
  const attack = [
    ...idle.handshake(),
    ...send(idle, 'client', request('')),
    ...send(idle, 'server', answer('', Buffer.alloc(2))),
  ];
  for (const wire of wires) attack.push(...wire.handshake());
  for (let number = 1; number <= requests; number++)
    for (const wire of wires) {
      const bytes = thriftCall(number, length);
      for (let at = 0; at < bytes.length; at += 60_000)
        attack.push(wire.tcp('client', { data: bytes.subarray(at, at + 60_000) }));
    }
  const last = [...send(idle, 'client', request('')), ...send(idle, 'server', answer('', Buffer.alloc(2)))];
  const { others, peak, engine } = run([...attack, ...last]);
  const chunk = PACKETS_IN_A_CHUNK * 60_000;
  expect(peak).toBeGreaterThan(defaultLimits.maxBufferedBytes / 2);
  expect(peak).toBeLessThan(defaultLimits.maxBufferedBytes + 2 * chunk);
  expect(engine.counters.evictedFlows).toBeGreaterThan(1);
  // One more each time than the connections that were there: what comes behind is read.
  expect(engine.counters.tcpFlows).toBe(2 + wires.length + engine.counters.evictedFlows);
  expect(others.filter(({ protocol }) => protocol === 'thrift')).toHaveLength(wires.length * requests);
  const [one, two] = others.filter(({ src }) => src.ip === '10.6.7.7');
  expect(two?.connection.id).toBe(one?.connection.id);
});

test('100,000 half-open connections: the longest idle leave, the good one stays', () => {
  const syns = Array.from({ length: 100_000 }, (_, index) =>
    new WireScript({
      clientIp: [10, 6, index >> 15, (index >> 7) & 255],
      clientPort: 1024 + (index & 127),
      serverPort: 80,
    }).tcp('client', { flags: SYN, at: -1 }),
  );
  const { engine, flows } = run(syns);
  expect(engine.counters.tcpFlows).toBe(100_001);
  expect(flows).toBe(defaultLimits.maxTcpFlows);
  expect(engine.counters.evictedFlows).toBeGreaterThan(30_000);
  expect(engine.counters.calls).toBe(100_020);
});
