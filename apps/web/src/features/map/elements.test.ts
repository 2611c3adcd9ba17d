import type { MapEdge, ServiceMap } from '@kubeshark/contract';
import { expect, test } from 'vitest';
import { boxId, draw } from './elements.ts';

const edge = (from: string, to: string, count: number, errors = 0): MapEdge => ({
  from,
  to,
  count,
  errors,
  requestBytes: 0,
  responseBytes: 0,
  protocols: [],
  p50: 1,
  p95: 2,
  p99: 3,
});
const map: ServiceMap = {
  since: 0,
  until: 10e6,
  truncated: false,
  nodes: [
    { id: 'shop/web', name: 'web', namespace: 'shop', kind: 'service' },
    { id: 'shop/cart', name: 'cart', namespace: 'shop', kind: 'service' },
    { id: 'data/db', name: 'db', namespace: 'data', kind: 'service' },
    { id: '1.2.3.4', name: '1.2.3.4', kind: 'external' },
  ],
  edges: [
    edge('1.2.3.4', 'shop/web', 10),
    edge('shop/web', 'shop/cart', 100, 10),
    edge('shop/web', 'data/db', 5),
    edge('shop/cart', 'data/db', 5, 1),
  ],
};
const none = new Set<string>();

test('namespaces are boxes around their services', () => {
  const { nodes, edges } = draw(map, { label: 'rate', collapsed: none, hidden: none });
  expect(nodes.find(({ id }) => id === 'shop/web')?.parent).toBe(boxId('shop'));
  expect(nodes.find(({ id }) => id === '1.2.3.4')?.parent).toBeUndefined();
  expect(edges.map(({ label }) => label)).toEqual(['1/s', '10/s', '0.5/s', '0.5/s']);
  expect(Math.max(...edges.map(({ width }) => width))).toBe(7);
});

test('a folded namespace is one node, its calls are summed, those inside are gone', () => {
  const { nodes, edges } = draw(map, { label: 'errors', collapsed: new Set(['shop']), hidden: none });
  expect(nodes.map(({ id }) => id).toSorted()).toEqual(['1.2.3.4', 'data/db', boxId('data'), boxId('shop')].toSorted());
  expect(edges.map(({ from, to, label }) => [from, to, label])).toEqual([
    ['1.2.3.4', boxId('shop'), '0 %'],
    [boxId('shop'), 'data/db', '10.0 %'],
  ]);
});

test('a hidden service takes its calls with it, an empty box goes', () => {
  const { nodes, edges } = draw(map, { label: 'none', collapsed: none, hidden: new Set(['data/db']) });
  expect(nodes.some(({ id }) => id === boxId('data'))).toBe(false);
  expect(edges).toHaveLength(2);
});
