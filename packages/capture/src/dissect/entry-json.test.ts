/** What is kept of a connection's entries must not outlive what it says. */

import { expect, test } from 'vitest';
import { JsonWriter } from '../json/json-writer.ts';
import { dissectors } from '../protocols/registry.ts';
import { createEngine } from './engine.ts';
import { LookupPairs, MAX_PAIRS } from './lookup-ends.ts';
import { WireScript } from './testing/wire-script.ts';

/** An engine whose calls are held against their entries, and the entries. */
function heldEngine() {
  const entries: Record<'src' | 'dst' | 'connection', unknown>[] = [];
  const json = new JsonWriter();
  const engine = createEngine({
    dissectors,
    onCall: (call) => {
      json.length = 0;
      call.writeJson(json);
      const written = Buffer.from(json.written()).toString();
      expect(written).toBe(JSON.stringify(call.toEntry()));
      entries.push(JSON.parse(written));
    },
  });
  return { engine, entries };
}

test('names that are learnt, and trouble on the way, show in the calls after', () => {
  const { engine, entries } = heldEngine();
  const wire = new WireScript({ serverPort: 80 });
  for (const packet of wire.handshake()) engine.packet(packet);
  const call = () => {
    engine.packet(wire.tcp('client', { data: 'GET / HTTP/1.1\r\nHost: shop\r\n\r\n' }));
    engine.packet(wire.tcp('server', { data: 'HTTP/1.1 204 No Content\r\n\r\n' }));
  };
  call();
  call();
  engine.names.learn({ address: '10.0.0.2', name: 'shop.example' });
  call();
  engine.names.learn({ address: '10.0.0.1', name: 'frontend.example' });
  call();
  engine.packet(wire.tcp('client', { at: 0, data: 'GET' }));
  call();
  call();
  expect(entries.map(({ src, dst }) => [src, dst].map((end) => (end as { name?: string }).name))).toEqual([
    [undefined, undefined],
    [undefined, undefined],
    [undefined, 'shop.example'],
    ['frontend.example', 'shop.example'],
    ['frontend.example', 'shop.example'],
    ['frontend.example', 'shop.example'],
  ]);
  expect(entries.map(({ connection }) => (connection as { retransmissions: number }).retransmissions)).toEqual([
    0, 0, 0, 0, 1, 1,
  ]);
});

/** Asks for `a`, and an answer that there is no such name. */
const query = Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1]);
const answer = query.with(2, 0x81).with(3, 0x83);

test('lookups from other ports have the names learnt by then', () => {
  const { engine, entries } = heldEngine();
  for (const [index, clientPort] of [4000, 4001, 4002].entries()) {
    const wire = new WireScript({ clientPort, serverPort: 53 });
    engine.packet(wire.udp('client', query));
    engine.packet(wire.udp('server', answer));
    if (index === 0) engine.names.learn({ address: '10.0.0.2', name: 'resolver.example' });
  }
  expect(entries).toMatchObject([
    { src: { port: 4000 }, dst: { ip: '10.0.0.2', port: 53 } },
    { src: { port: 4001 }, dst: { name: 'resolver.example' } },
    { src: { port: 4002 }, dst: { name: 'resolver.example' } },
  ]);
  expect(entries[0]?.dst).not.toHaveProperty('name');
});

test('a flood of clients does not make the memory of pairs grow', () => {
  const pairs = new LookupPairs();
  const first = pairs.of('192.0.2.1', '192.0.2.53', 53);
  expect(pairs.of('192.0.2.1', '192.0.2.53', 53)).toBe(first);
  for (let i = 0; i < MAX_PAIRS; i++) pairs.of(`client ${i}`, '192.0.2.53', 53);
  expect(pairs.of('192.0.2.1', '192.0.2.53', 53)).not.toBe(first);
});
