import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Entry } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { toCurl } from './curl.ts';
import { toHar } from './har.ts';

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

test('the curl command sends the same request again', async () => {
  const seen = Promise.withResolvers<object>();
  const server = createServer((request, response) => {
    void request.toArray().then((parts) => {
      response.end();
      const { method, url, headers } = request;
      seen.resolve({ method, url, two: headers['x-two'], body: parts.join('') });
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const original = entry();
  const headers = { ...original.request?.headers, Host: `127.0.0.1:${port}` };
  const command = toCurl({ ...original, request: { ...original.request!, headers } })!;
  const { exec } = await import('node:child_process');
  await new Promise((done) => exec(command, { shell: '/bin/bash' }, done));
  expect(await seen.promise).toEqual({ method: 'POST', url: '/a?b=1', two: "1, it's", body: "it's ```x" });
  server.close();
});

test('only HTTP becomes curl', () => {
  expect(toCurl(entry({ protocols: ['redis'] }))).toBeNull();
});

test('HAR keeps headers, times and bodies, and leaves out what is not HTTP', () => {
  const { log } = JSON.parse(toHar([entry(), entry({ protocols: ['redis'] })]));
  expect(log.entries).toHaveLength(1);
  expect(log.entries[0]).toMatchObject({
    time: 12,
    timings: { send: 2, wait: 9, receive: 1 },
    request: { url: 'http://shop:8080/a?b=1', queryString: [{ name: 'b', value: '1' }] },
    response: { status: 201, content: { text: 'ok', mimeType: 'text/plain' } },
  });
});

test('the shell is the judge of quoting', () => {
  const command = toCurl(entry({ request: { ...entry().request, body: { size: 1, text: `'"$(id)\`id\`\\\n` } } }))!;
  const printed = execFileSync('/bin/bash', ['-c', command.replace(/^curl/, "printf '%s\\0'")]).toString();
  expect(printed.split('\0')).toContain(`'"$(id)\`id\`\\\n`);
});
