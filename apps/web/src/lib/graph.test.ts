import type { MapEdge, MapNode } from '@kubeshark/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bottlenecksOf, cyclesOf, unusedOf } from './graph.ts';

const edges = (text: string) => text.split(' ').map((pair) => ({ from: pair[0]!, to: pair[1]! }));

test.each<[string, string[]]>([
  ['ab bc cd', []],
  ['ab ba', ['ab']],
  ['aa ab', ['a']],
  ['ab bc ca cd de ed', ['abc', 'de']],
  ['ab bc cd da ca', ['abc']],
])('%s has the circles %o', (text, circles) => {
  expect(cyclesOf(edges(text)).map((nodes) => nodes.join(''))).toEqual(circles);
});

test('every circle named is really one, and a graph without one names none', () => {
  const pairs = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 40 });
  fc.assert(
    fc.property(pairs, (list) => {
      const graph = list.map(([from, to]) => ({ from: String(from), to: String(to) }));
      for (const circle of cyclesOf(graph)) {
        circle.forEach((from, at) => {
          const to = circle[(at + 1) % circle.length];
          expect(graph).toContainEqual({ from, to });
        });
      }
      const forward = graph.filter(({ from, to }) => from < to);
      expect(cyclesOf(forward)).toEqual([]);
    }),
  );
});

test('a chain of a hundred thousand services does not exhaust the stack', () => {
  const chain = Array.from({ length: 100_000 }, (_, at) => ({ from: `s${at}`, to: `s${at + 1}` }));
  expect(cyclesOf(chain)).toEqual([]);
});

test('unused are services without inbound calls, their own not counted', () => {
  const nodes = ['a', 'b', 'c'].map((id): MapNode => ({ id, name: id, kind: 'service' }));
  const outside: MapNode = { id: 'o', name: 'o', kind: 'external' };
  const idle = [{ name: 'd', namespace: 'shop' }];
  const unused = unusedOf({ nodes: [...nodes, outside], edges: edges('oa ab cc') as MapEdge[], idle });
  expect(unused.map(({ id, isIdle }) => [id, isIdle])).toEqual([
    ['c', false],
    ['shop/d', true],
  ]);
});

test('a frequent call that is a little slow weighs more than a rare one that is very slow', () => {
  const edge = (from: string, count: number, p95: number | null) => ({ from, to: 'z', count, p95 }) as MapEdge;
  const list = bottlenecksOf([edge('rare', 1, 5000), edge('often', 1000, 50), edge('unknown', 5, null)]);
  expect(list.map(({ edge: { from } }) => from)).toEqual(['often', 'rare', 'unknown']);
});
