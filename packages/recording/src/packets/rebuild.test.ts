import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { MAX_CONNECTIONS, PacketRebuilder } from './rebuild.ts';

const onConnection = (n: number) =>
  anHttpEntry(0, {
    src: { ip: '10.0.0.1', port: n % 65_536 },
    connection: { id: `connection ${n}`, transport: 'tcp', index: 0 },
  });
/** Handshake, request, answer. */
const FIRST_CALL_FRAMES = 5;
const LATER_CALL_FRAMES = 2;

test('connections are remembered up to their limit; one that comes back after that begins anew', () => {
  const rebuilder = new PacketRebuilder();
  expect(rebuilder.frames(onConnection(0))).toHaveLength(FIRST_CALL_FRAMES);
  expect(rebuilder.frames(onConnection(0))).toHaveLength(LATER_CALL_FRAMES);
  for (let n = 1; n <= MAX_CONNECTIONS; n++) rebuilder.frames(onConnection(n));
  expect(rebuilder.frames(onConnection(MAX_CONNECTIONS))).toHaveLength(LATER_CALL_FRAMES);
  expect(rebuilder.frames(onConnection(0))).toHaveLength(FIRST_CALL_FRAMES);
});

test.each([
  ['an address that is none', { src: { ip: 'not an address', port: 1 } }],
  ['a port that is none', { dst: { ip: '10.0.0.1', port: 70_000 } }],
  ['addresses of two families', { dst: { ip: '::1', port: 80 } }],
  ['a datagram', { connection: { id: 'u', transport: 'udp', index: 0 } }],
  ['bytes nobody kept', { protocol: 'postgres', protocols: ['postgres'] }],
] as const)('%s gives no packets and is counted', (_name, overrides) => {
  const rebuilder = new PacketRebuilder();
  const entry = anHttpEntry(0, overrides as never);
  expect(rebuilder.frames(entry)).toEqual([]);
  expect(rebuilder.missing).toEqual({ [entry.protocol]: 1 });
});

test('no value from the wire begins a line of its own', () => {
  const rebuilder = new PacketRebuilder();
  const frames = rebuilder.frames(
    anHttpEntry(0, { request: { size: 1, method: 'GET', url: '/a', headers: { 'X-A': 'b\r\nX-Forged: yes' } } }),
  );
  expect(frames.some(({ bytes }) => Buffer.from(bytes).includes('\r\nX-Forged'))).toBe(false);
});
