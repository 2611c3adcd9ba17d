import { expect, test } from 'vitest';
import { beginOfConnection, ConnectionSet } from './connection-set.ts';
import { PacketDecoder } from './decoder.ts';

const RAW_IP = 101;

/** The connection a UDP packet between two hosts of 10.0.0.0/24 belongs to. */
function found(set: ConnectionSet, [from, fromPort, to, toPort]: readonly number[], at: number): string | undefined {
  const bytes = Buffer.alloc(30);
  bytes.set([0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, from ?? 0, 10, 0, 0, to ?? 0]);
  bytes.writeUInt16BE(fromPort ?? 0, 20);
  bytes.writeUInt16BE(toPort ?? 0, 22);
  bytes.writeUInt16BE(10, 24);
  let id: string | undefined;
  const decoder = new PacketDecoder({
    packet: (packet) => {
      id = set.find(packet);
    },
    skipped: (reason) => expect.fail(reason),
  });
  decoder.frame({ bytes, start: 0, end: 30, at, originalLength: 30, interfaceId: 0, linkType: RAW_IP });
  return id;
}

const first = 'udp-10.0.0.1:5000-10.0.0.2:53-100';
const again = 'udp-10.0.0.1:5000-10.0.0.2:53-300';

test.each([
  ['a packet of the client', [{ id: first }], [1, 5000, 2, 53], 100, first],
  ['a packet of the server', [{ id: first }], [2, 53, 1, 5000], 150, first],
  ['one before the connection', [{ id: first }], [1, 5000, 2, 53], 99, undefined],
  ['one before what is wanted', [{ id: first, since: 200 }], [1, 5000, 2, 53], 199, undefined],
  ['the same ports the other way round', [{ id: first }], [1, 53, 2, 5000], 150, undefined],
  ['another host', [{ id: first }], [1, 5000, 3, 53], 150, undefined],
  ['ports that are used again: the later one', [{ id: again }, { id: first }], [1, 5000, 2, 53], 300, again],
  ['ports that are used again: the earlier one', [{ id: again }, { id: first }], [1, 5000, 2, 53], 299, first],
  [
    'a later one of the same ports that is wanted from later on hides nothing of it',
    [{ id: first }, { id: again, since: 400 }],
    [1, 5000, 2, 53],
    350,
    undefined,
  ],
  ['ids of nobody', [{ id: 'nonsense' }, { id: '' }, { id: 'tcp-[::1]:1-[::2]:2' }], [1, 5000, 2, 53], 100, undefined],
])('%s', (_name, wanted, ends, at, expected) => {
  expect(found(new ConnectionSet(wanted), ends, at)).toBe(expected);
});

test('an id tells when its connection began', () => {
  expect([first, 'tcp-[2001:db8::1]:1-[2001:db8::2]:2-7', 'har-1'].map(beginOfConnection)).toEqual([100, 7, undefined]);
});
