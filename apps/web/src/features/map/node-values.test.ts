import type { MapNode } from '@kubeshark/contract';
import { compile } from '@kubeshark/kfl';
import { kflSchema } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { edgeValues, endTerm, nodeValues } from './node-values.ts';

const cart: MapNode = { id: 'shop/cart', name: 'cart', namespace: 'shop', kind: 'service' };
const outside: MapNode = { id: '10.0.0.9', name: '10.0.0.9', kind: 'external' };
const shop: MapNode = { id: 'shop', name: 'shop', kind: 'namespace' };

test.each<[string, MapNode, Parameters<typeof endTerm>[2], string]>([
  ['a service', cart, 'service', 'dst.name == "cart" and dst.namespace == "shop"'],
  ['a pod', cart, 'pod', 'dst.pod == "cart" and dst.namespace == "shop"'],
  ['a workload', cart, 'workload', 'dst.workload == "cart" and dst.namespace == "shop"'],
  ['a namespace', shop, 'namespace', 'dst.namespace == "shop"'],
  ['an address', outside, 'service', 'dst.ip == "10.0.0.9"'],
])('%s', (_, node, by, term) => {
  expect(endTerm('dst', node, by)).toBe(term);
  expect(compile(term, kflSchema).diagnostics).toEqual([]);
});

test('the menu of a call has both ends', () => {
  const numbers = { count: 1, errors: 0, requestBytes: 0, responseBytes: 0, p50: 1, p95: 1, p99: 1, protocols: [] };
  expect(edgeValues({ from: '10.0.0.9', to: 'shop/cart', ...numbers }, [cart, outside], 'service')).toEqual([
    { field: 'src.ip', value: '10.0.0.9' },
    { field: 'dst.name', value: 'cart' },
    { field: 'dst.namespace', value: 'shop' },
  ]);
  expect(nodeValues(outside, 'service').map(({ field }) => field)).toEqual(['dst.ip', 'src.ip']);
});
