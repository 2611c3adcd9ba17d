/** Whole ordinary entries, for tests that care about one part of them. */

import type { Entry } from '@kubeshark/model';

/** 2026-01-05T10:00:00Z, in microseconds: when the first test entry ends. */
export const START_MICROS = 1_767_607_200_000_000;

export const idAt = (micros: number, agent = 1): string => String((BigInt(micros) << 12n) | BigInt(agent));

/** An HTTP call that ended `second` seconds after the start; `overrides` replace whole top-level values. */
export function anHttpEntry(second = 0, overrides: Partial<Entry> = {}): Entry {
  const timestamp = START_MICROS + Math.round(second * 1_000_000);
  return {
    id: idAt(timestamp),
    timestamp,
    node: 'node-1',
    protocol: 'http',
    protocols: ['http'],
    src: { ip: '10.0.0.1', port: 40_000, name: 'web', namespace: 'shop' },
    dst: { ip: '10.0.0.2', port: 80, name: 'cart', namespace: 'shop', labels: { app: 'cart' } },
    request: {
      size: 120,
      method: 'GET',
      path: '/carts/7',
      url: 'http://cart/carts/7',
      headers: { Host: 'cart', Accept: '*/*' },
      body: { size: 0 },
    },
    response: {
      size: 300,
      status: 200,
      latency: 12.5,
      headers: { 'Content-Type': 'application/json' },
      body: { size: 12, mime: 'application/json', text: '{"items":[]}' },
    },
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
