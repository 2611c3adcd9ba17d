import { expect, test } from 'vitest';
import { LookupRows } from './lookup-rows.ts';
import { WireScript } from './testing/wire-script.ts';

const wireOf = (port: number) => new WireScript({ clientPort: port, serverPort: 53 });

test('rows keep what is counted in them, as many as there are', () => {
  const rows = new LookupRows();
  const ports = Array.from({ length: 3000 }, (_, index) => 2000 + index);
  const all = ports.map((port) => {
    const packet = wireOf(port).udp('client', 'a'.repeat(port % 7));
    const row = rows.begin(packet, 0, 0);
    rows.count(row, packet, 0);
    return row;
  });
  expect(new Set(all).size).toBe(ports.length);
  expect(rows.size).toBe(ports.length);
  expect(all.map((row) => rows.port(row, 0))).toEqual(ports);
  expect(all.map((row) => rows.bytes(row, 0))).toEqual(ports.map((port) => port % 7));
  expect(rows.flowBegin(all[7] ?? 0)).toMatchObject({ ends: [{ ip: '10.0.0.1', port: 2007 }, { port: 53 }] });
});

test('a row that is free is used again, with nothing left in it', () => {
  const rows = new LookupRows();
  const wire = wireOf(2000);
  const first = rows.begin(wire.udp('client', 'hello'), 0, 0);
  rows.count(first, wire.udp('server', 'hello'), 1);
  rows.setCalls(first, 3);
  rows.release(first);
  const again = rows.begin(wire.udp('server', ''), 1, 0);
  expect(again).toBe(first);
  expect(rows.soFar(again)).toEqual({
    lastAt: 1_003_000,
    client: 0,
    calls: 0,
    note: null,
    bytes: [0, 0],
    packets: [0, 0],
  });
});
