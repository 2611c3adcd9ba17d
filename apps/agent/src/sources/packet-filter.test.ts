import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runFilter } from '../testing/bpf.ts';
import { expressionOf } from './libpcap.ts';
import { type Instruction, packetFilter, programText } from './packet-filter.ts';
import { isRefusal, type LiveOptions } from './source.ts';

const hasTcpdump = spawnSync('tcpdump', ['--version']).error === undefined;
const without = 'tcpdump is not installed';

async function program(options: Partial<LiveOptions>): Promise<readonly Instruction[]> {
  const made = await packetFilter({ interfaces: ['any'], ...options });
  if ('refused' in made) throw new Error(made.refused);
  return made;
}

const v4 = fc.constantFrom([127, 0, 0, 1], [10, 0, 0, 7], [192, 0, 2, 1]);
const v6 = fc.constantFrom(1, 2).map((last) => [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0), last]);
const port = fc.constantFrom(80, 8899, 40_000).map((number) => [number >> 8, number & 0xff]);

/** IP packets that differ in what the filter looks at, some of them cut anywhere. */
const packets = fc
  .record({
    is6: fc.boolean(),
    protocol: fc.constantFrom(6, 17, 1),
    fragment: fc.constantFrom([0, 0], [0x20, 0], [0, 5]),
    options: fc.nat(2),
    source: v4,
    target: v4,
    source6: v6,
    target6: v6,
    ports: fc.tuple(port, port),
    keep: fc.option(fc.nat(70)),
  })
  .map(({ is6, protocol, fragment, options, source, target, source6, target6, ports, keep }) => {
    const rest = [...ports.flat(), ...Array.from({ length: 16 }, () => 0)];
    const bytes = is6
      ? [0x60, 0, 0, 0, 0, 20, protocol, 64, ...source6, ...target6, ...rest]
      : [0x45 + options, 0, 0, 40, 0, 0, ...fragment, 64, protocol, 0, 0, ...source, ...target]
          .concat(Array.from({ length: options * 4 }, () => 1))
          .concat(rest);
    return Uint8Array.from(keep === null ? bytes : bytes.slice(0, keep));
  });

test.skipIf(!hasTcpdump)(
  `what is left out is what libpcap leaves out by the same words${hasTcpdump ? '' : `: ${without}`}`,
  async () => {
    for (const address of ['127.0.0.1', '10.0.0.7', '2001:db8::1']) {
      const except = [{ address, port: 8899 }];
      const ours = await program({ except });
      const theirs = await program({ filter: expressionOf({ interfaces: [], except }) });
      fc.assert(
        fc.property(packets, (packet) => {
          // A packet that is cut before what is looked at: a load beyond its end drops it, in both in their own order.
          fc.pre(packet.length >= 60);
          expect(runFilter(ours, packet)).toBe(runFilter(theirs, packet));
        }),
      );
    }
  },
);

test('without exceptions or a filter everything is kept, up to the snap length', async () => {
  expect(await program({ snapLength: 96 })).toEqual([[6, 0, 0, 96]]);
  expect(programText(await program({}))).toBe('1\n6 0 0 262144\n');
});

test('several exceptions are all left out, and what is none of them passes', async () => {
  const both = await program({
    except: [
      { address: '127.0.0.1', port: 8899 },
      { address: '::1', port: 8899 },
    ],
  });
  const packet = (source: number, target: number) =>
    Uint8Array.from([0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1])
      .toString()
      .split(',')
      .map(Number)
      .concat([source >> 8, source & 255, target >> 8, target & 255, ...Array.from({ length: 16 }, () => 0)]);
  expect(runFilter(both, Uint8Array.from(packet(8899, 50_000)))).toBe(0);
  expect(runFilter(both, Uint8Array.from(packet(50_000, 8899)))).toBe(0);
  expect(runFilter(both, Uint8Array.from(packet(50_000, 80)))).toBe(262_144);
  // Not an IP packet at all.
  expect(runFilter(both, Uint8Array.of(0, 1, 8, 0, 6, 4, 0, 1))).toBe(262_144);
});

test.skipIf(!hasTcpdump).each([
  ['tcp port', 'the packet filter is wrong'],
  ['ether host 00:00:5e:00:53:01', 'the packet filter matches nothing behind link headers'],
  ['ether proto 0x88cc', 'the packet filter matches nothing behind link headers'],
  ['--version', 'the packet filter is wrong'],
])(`the filter %j is refused${hasTcpdump ? '' : `: ${without}`}`, async (filter, reason) => {
  const refused = await packetFilter({ interfaces: ['any'], filter });
  if (!isRefusal(refused)) throw new Error('it was compiled');
  expect(refused.refused).toContain(reason);
});

test('without tcpdump only a filter of one’s own is refused', async () => {
  const refused = await packetFilter({ interfaces: ['any'], filter: 'tcp' }, 'no-such-tcpdump');
  expect(refused).toMatchObject({ refused: 'a packet filter is compiled by tcpdump, which is not installed' });
  expect(await packetFilter({ interfaces: ['any'] }, 'no-such-tcpdump')).toHaveLength(1);
});
