import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { KeyStore } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';
import { expect, onTestFinished, test } from 'vitest';
import { Capture } from './capture.ts';
import { openLive } from './sources/live.ts';
import { isRefusal } from './sources/source.ts';
import { helperPlace, whyNoCapture } from './testing/capturing.ts';

/** Longer than the helper waits for a block to fill: request and response come in chunks of their own. */
const ANSWER_MILLIS = 20;
const noCapture = await whyNoCapture();

async function startServer(): Promise<number> {
  const server = createServer((incoming, response) => {
    void wait(ANSWER_MILLIS).then(() => response.setHeader('X-Path', incoming.url ?? '').end(`about ${incoming.url}`));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

const headersOf = (half: Entry['request'] | Entry['response']) => (half?.['headers'] ?? {}) as Record<string, string>;

async function call(port: number, path: string): Promise<void> {
  const outgoing = request({ port, path, host: '127.0.0.1', method: 'POST', headers: { 'X-Asked': path } });
  outgoing.end(`please ${path}`);
  const [response] = (await once(outgoing, 'response')) as [NodeJS.ReadableStream];
  for await (const _ of response);
}

test.skipIf(noCapture !== undefined).each([['ebpf'], ['libpcap']] as const)(
  `%s: calls of a real server come whole, though request and response were read apart${noCapture === undefined ? '' : `: ${noCapture}`}`,
  async (way) => {
    const port = await startServer();
    const source = await openLive(way, { interfaces: ['lo'], filter: `tcp port ${port}` }, helperPlace);
    if (isRefusal(source)) throw new Error(source.refused);
    const entries: Entry[] = [];
    const paths = Array.from({ length: 40 }, (_, n) => `/things/${n}/${'x'.repeat(n * 20)}`);
    const complete = Promise.withResolvers<void>();
    const capture = new Capture({
      source,
      node: 'here',
      agentNumber: 0,
      maxBodyBytes: undefined,
      keys: new KeyStore(),
      onCall: (call) => {
        if (entries.push(call.toEntry()) === paths.length) complete.resolve();
      },
    });
    const running = capture.run();
    await Promise.all(paths.map(async (path, n) => wait(n * 5).then(() => call(port, path))));
    await complete.promise;
    await source.close();
    await running;
    const found = entries.map(({ request: asked, response }) => [
      asked?.['path'],
      headersOf(asked)['X-Asked'],
      asked?.body?.text,
      headersOf(response)['X-Path'],
      response?.body?.text,
    ]);
    const expected = paths.map((path) => [path, path, `please ${path}`, path, `about ${path}`]);
    expect(found).toHaveLength(expected.length);
    expect(new Map(found.map((all) => [all[0], all]))).toEqual(new Map(expected.map((all) => [all[0], all])));
    expect(entries.every(({ capture: { gap, anomalies } }) => gap === undefined && anomalies === undefined)).toBe(true);
    expect(capture.counters).toMatchObject({ kernelDropped: 0, gaps: 0, entries: paths.length });
  },
  60_000,
);
