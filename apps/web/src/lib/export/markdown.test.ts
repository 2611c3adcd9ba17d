import type { Entry } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { toMarkdown } from './markdown.ts';

const entry = (more: object = {}): Entry =>
  ({
    id: '1',
    timestamp: 1_763_900_000_000_000,
    node: 'n',
    protocol: 'http',
    protocols: ['http'],
    src: { ip: '10.0.0.1', port: 40000, name: 'web' },
    dst: { ip: '10.0.0.2', port: 8080 },
    request: {
      size: 10,
      method: 'POST',
      path: '/a',
      url: '/a?b=1',
      headers: { Host: 'shop:8080', 'X-Two': ['1', "it's"], 'Content-Length': '9' },
      body: { size: 9, text: "it's ```x" },
    },
    response: {
      size: 5,
      status: 201,
      headers: { 'content-type': 'text/plain' },
      body: { size: 2, text: 'ok', mime: 'text/plain' },
    },
    method: 'POST',
    endpoint: 'POST /a',
    summary: 'POST /a?b=1',
    status: 201,
    error: false,
    latency: 12,
    connection: { id: 'c', transport: 'tcp', index: 0, firstByteMillis: 9, transferMillis: 1 },
    capture: { source: 'file' },
    ...more,
  }) as Entry;

test('Markdown fences outlast backticks in the body', () => {
  expect(toMarkdown(entry())).toContain('````http\nHost: shop:8080\n');
});
