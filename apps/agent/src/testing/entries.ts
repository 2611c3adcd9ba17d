/** An ordinary entry, for tests that care about one part of it. */

import type { Entry } from '@kubeshark/model';

/** 2026-01-05T10:00:00Z */
const START_MICROS = 1_767_607_200_000_000;

/** The nth call of a node; `overrides` replace whole top-level values. */
export function anEntry(n: number, overrides: Partial<Entry> = {}): Entry {
  return {
    id: String((BigInt(START_MICROS + n) << 12n) | 1n),
    timestamp: START_MICROS + n,
    node: 'node-1',
    protocol: 'http',
    protocols: ['http'],
    src: { ip: '10.0.0.1', port: 40_000 },
    dst: { ip: '10.0.0.2', port: 80 },
    request: { size: 120, method: 'GET', path: '/carts/7', headers: { Host: 'cart' } },
    response: { size: 300, status: 200, latency: 12.5, body: { size: 12, mime: 'text/plain', text: 'twelve bytes' } },
    method: 'GET',
    endpoint: 'GET /carts/{id}',
    summary: `GET /carts/${n}`,
    status: 200,
    error: false,
    latency: 12.5,
    connection: { id: 'tcp 10.0.0.1:40000 10.0.0.2:80', transport: 'tcp', index: 0 },
    capture: { source: 'file' },
    ...overrides,
  };
}
