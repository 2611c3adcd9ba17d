/** A whole ordinary entry, for tests that care about one part of it. */

import type { Entry } from '@kubeshark/model';

/** 2026-01-05T10:00:00Z */
export const START_MICROS = 1_767_607_200_000_000;

export const idAt = (micros: number, agent = 1): string => String((BigInt(micros) << 12n) | BigInt(agent));

/** An HTTP call; `overrides` replace whole top-level values. */
export function anEntry(overrides: Partial<Entry> = {}): Entry {
  return {
    id: idAt(START_MICROS),
    timestamp: START_MICROS,
    node: 'node-1',
    protocol: 'http',
    protocols: ['http'],
    src: { ip: '10.0.0.1', port: 40_000, name: 'web', namespace: 'shop' },
    dst: { ip: '10.0.0.2', port: 80, name: 'cart', namespace: 'shop' },
    request: { size: 120, method: 'GET', path: '/carts/7', headers: { Host: 'cart' }, body: { size: 0 } },
    response: { size: 300, status: 200, latency: 12.5, body: { size: 12, mime: 'text/plain', text: 'twelve bytes' } },
    method: 'GET',
    endpoint: 'GET /carts/{id}',
    summary: 'GET /carts/7',
    status: 200,
    error: false,
    latency: 12.5,
    connection: { id: 'tcp 10.0.0.1:40000 10.0.0.2:80', transport: 'tcp', index: 0 },
    capture: { source: 'file' },
    ...overrides,
  };
}
