import { expect, test } from 'vitest';
import { dns } from '../protocols/dns/index.ts';
import { radius } from '../protocols/radius/index.ts';
import { packet, user } from '../protocols/radius/testing/packets.ts';
import { MAX_PROTOCOLS } from './all-lookups.ts';
import { createEngine } from './engine.ts';
import { WireScript } from './testing/wire-script.ts';

const unused = () => {
  throw new Error('not asked');
};
const QUERY = Uint8Array.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 0, 0, 1, 0, 1]);
const REPLY = Uint8Array.from(QUERY).fill(0x81, 2, 3);

test('lookups of several protocols stand beside each other', () => {
  const summaries: string[] = [];
  const engine = createEngine({
    dissectors: [dns, radius],
    onCall: (call) => summaries.push(`${call.flow.endpoint('client').port} ${call.describe().summary}`),
  });
  const wires = Array.from({ length: 6 }, (_, i) => {
    const isDns = i % 2 === 0;
    const wire = new WireScript({ clientPort: 40_000 + i, serverPort: isDns ? 53 : 1812 });
    engine.packet(wire.udp('client', isDns ? QUERY : packet(1, i, [user])));
    return { wire, answer: isDns ? REPLY : packet(2, i, [user]) };
  });
  expect(engine.flows).toBe(6);
  for (const { wire, answer } of wires) engine.packet(wire.udp('server', answer));
  expect(summaries).toEqual([
    '40000 A a',
    '40001 Access-Request alice → Access-Accept',
    '40002 A a',
    '40003 Access-Request alice → Access-Accept',
    '40004 A a',
    '40005 Access-Request alice → Access-Accept',
  ]);
  engine.end();
  expect(engine.flows).toBe(0);
});

test('of more protocols than have room, the rest are read as streams', () => {
  const others = Array.from({ length: MAX_PROTOCOLS }, (_, i) => ({
    ...dns,
    lookups: { ...(dns.lookups ?? { open: unused, goOn: unused }), ports: [10_000 + i] },
  }));
  let calls = 0;
  const engine = createEngine({ dissectors: [...others, radius], onCall: () => calls++ });
  const wire = new WireScript({ clientPort: 40_000, serverPort: 1812 });
  engine.packet(wire.udp('client', packet(1, 1, [user])));
  engine.packet(wire.udp('server', packet(2, 1, [user])));
  expect(calls).toBe(1);
});
