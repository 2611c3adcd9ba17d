import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CaptureDissection } from '../dissect/capture.ts';
import { createEngine } from '../dissect/engine.ts';
import { fixtures } from '../dissect/testing/fixtures.ts';
import { ACK, RST, SYN, WireScript } from '../dissect/testing/wire-script.ts';
import { Histogram } from './histogram.ts';
import { Statistics } from './statistics.ts';

test('quantiles are within 4 % of the sorted values', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1 }), (values) => {
      const histogram = new Histogram();
      for (const value of values) histogram.add(value);
      const sorted = values.toSorted((a, b) => a - b);
      for (const share of [0.5, 0.95, 0.99]) {
        const exact = sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
        expect(Math.abs((histogram.quantile(share) ?? 0) - exact)).toBeLessThanOrEqual(exact * 0.04 + 1);
      }
    }),
  );
});

test.each([
  ['nothing', []],
  ['the largest and beyond', [1e300, 2 ** 36]],
])('a histogram of %s', (_, values) => {
  const histogram = new Histogram();
  for (const value of values) histogram.add(value);
  expect(histogram.quantile(0.5)).toBe(values.length === 0 ? null : 2 ** 36);
});

test('a capture is summed up', () => {
  const statistics = new Statistics();
  const capture = new CaptureDissection({ onCall: (call) => statistics.add(call) });
  const shop = fixtures.find(({ name }) => name === 'http/node-shop');
  capture.push(shop?.bytes ?? new Uint8Array(0));
  capture.end();
  const summary = statistics.summary(capture.engine.counters);
  expect(summary).toMatchObject({ calls: 8, errors: 2, protocols: [{ protocol: 'http', calls: 8, errors: 2 }] });
  expect(summary.endpoints.map(({ endpoint, calls }) => `${endpoint} ${calls}`)).toEqual([
    'GET /products 2',
    'POST /login 1',
    'HEAD /products 1',
    'PUT /products/{id} 1',
    'GET /stream 1',
    'GET /orders/{id} 1',
    'GET /broken 1',
  ]);
  expect(summary.talkers).toEqual([expect.objectContaining({ client: '127.0.0.1', server: '127.0.0.1', calls: 8 })]);
  expect(summary.problems).toEqual([]);
  expect(summary.failures).toEqual([
    expect.objectContaining({ protocol: 'http', status: '404', server: '127.0.0.1', calls: 1 }),
    expect.objectContaining({
      protocol: 'http',
      status: '503',
      calls: 1,
      first: expect.stringContaining('GET /broken'),
    }),
  ]);
});

test('a flood of failures of many servers is bounded', () => {
  const statistics = new Statistics();
  const engine = createEngine({ onCall: (call) => statistics.add(call), dissectors: [] });
  for (let port = 1; port <= 1000; port++) {
    const wire = new WireScript({ serverPort: port });
    engine.packet(wire.tcp('client', { flags: SYN, at: -1 }));
    engine.packet(wire.tcp('server', { flags: RST | ACK }));
  }
  engine.end();
  const { failures, errors } = statistics.summary(engine.counters);
  expect(errors).toBe(1000);
  expect(failures).toHaveLength(500);
  expect(failures[0]).toMatchObject({ protocol: 'tcp', status: 'refused', first: 'connection refused' });
});
