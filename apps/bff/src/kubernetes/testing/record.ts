/**
 * `pnpm test:kube --record`: plays the scenario on a real API server while a cluster of ours watches it through a proxy, which
 * keeps every answer byte for byte.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ApiServer } from '../api-server.ts';
import { Cluster } from '../cluster.ts';
import { realApiServer } from './real-api-server.ts';
import { type Exchange, keyOf, type Recording, recordingFile, requestOf } from './recorded.ts';
import { type Line, prepare, type ScenarioStep, scenario } from './scenario.ts';
import { realSubject } from './subjects.ts';

const STEP_MILLIS = 60_000;
/** Times of the API have seconds; a step must be later than the one before. */
const PAUSE_MILLIS = 1_100;
/** A watch is sent a bookmark two seconds before it ends: so long is asked for instead of the minutes the hub asks for. */
const WATCH_SECONDS = '30';
const BOOKMARK_MILLIS = 60_000;

type Kept = { -readonly [key in keyof Exchange]: Exchange[key] } & { parts: { step: number; text: string }[] };

class RecordingProxy implements Line {
  readonly exchanges: Kept[] = [];
  step = 0;
  readonly #target: string;
  readonly #ca: string;
  readonly #server = createServer((request, response) => void this.#pass(request, response));
  readonly #watches = new Set<ServerResponse>();
  #held = Promise.withResolvers<void>();
  #onBookmark: () => void = () => undefined;

  constructor(target: string, ca: string) {
    this.#target = target;
    this.#ca = ca;
    this.#held.resolve();
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.#held = Promise.withResolvers();
    for (const response of this.#watches) response.destroy();
  }

  release(): void {
    this.#held.resolve();
  }

  async bookmark(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onBookmark = resolve;
    await Promise.race([
      promise,
      setTimeout(BOOKMARK_MILLIS).then(() => Promise.reject(new Error('no bookmark came'))),
    ]);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await this.#held.promise;
    const { url = '/', method = 'GET', headers } = request;
    const asked = requestOf(url, method, headers.accept ?? '');
    const address = new URL(url, this.#target);
    if (asked.what === 'watch') address.searchParams.set('timeoutSeconds', WATCH_SECONDS);
    const sent = https.request(address, {
      method,
      ca: this.#ca,
      headers: { accept: headers.accept, authorization: headers.authorization },
    });
    sent.end();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      sent.on('response', resolve).on('error', reject);
    });
    const kept: Kept = { ...asked, step: this.step, status: answer.statusCode ?? 0, parts: [] };
    this.exchanges.push(kept);
    const isWatch = asked.what === 'watch' && kept.status === 200;
    if (isWatch) this.#watches.add(response);
    response.writeHead(kept.status, { 'content-type': answer.headers['content-type'] });
    response.flushHeaders();
    response.on('close', () => {
      sent.destroy();
      kept.ended ??= this.step;
      this.#watches.delete(response);
    });
    let rest = '';
    answer.on('data', (chunk: Buffer) => {
      response.write(chunk);
      rest += chunk.toString();
      if (!isWatch) return;
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        kept.parts.push({ step: this.step, text: `${text}\n` });
        if (text.startsWith('{"type":"BOOKMARK"')) this.#onBookmark();
      }
    });
    answer.on('error', () => undefined);
    answer.on('end', () => {
      if (rest !== '') kept.parts.push({ step: this.step, text: rest });
      response.end();
    });
  }
}

/** Whether the cluster means by its addresses what it is to mean. */
function isReached(cluster: Cluster, { means, denied }: ScenarioStep): boolean {
  const named = Object.entries(means).every(([ip, meaning]) => {
    const { end, is } = cluster.names.name({ ip, port: 8080 }, Date.now() * 1000);
    if (meaning === undefined) return is === 'unknown';
    return Object.entries(meaning).every(([name, value]) => end[name as keyof typeof end] === value);
  });
  const refused = cluster.kinds.filter(({ state }) => state === 'denied').map(({ kind }) => kind);
  return named && isDeepStrictEqual(refused, denied) && cluster.kinds.every(({ state }) => state !== 'failed');
}

/** What a server said twice in a row is kept once: how often it is asked is the client's business. */
const isRepeated = (exchange: Exchange, at: number, all: readonly Exchange[]): boolean =>
  exchange.status >= 400 &&
  all.slice(0, at).some((before) => before.status === exchange.status && keyOf(before) === keyOf(exchange));

if (realApiServer === undefined) throw new Error('KUBE_APISERVER names no API server');
const subject = await realSubject(realApiServer);
const { server } = subject;
await prepare(subject);
const proxy = new RecordingProxy(server.url, readFileSync(server.caFile, 'utf8'));
const tokenFile = path.join(server.directory, 'hub');
const cluster = new Cluster({
  server: await ApiServer.connect({ url: await proxy.listen(), tokenFile }),
  retryMillis: 100,
});
try {
  const steps: { name: string; at: number }[] = [];
  for (const [number, step] of scenario.entries()) {
    proxy.step = number;
    await setTimeout(PAUSE_MILLIS);
    await step.act(subject, proxy);
    const until = performance.now() + STEP_MILLIS;
    while (!isReached(cluster, step)) {
      if (performance.now() > until) throw new Error(`not reached: ${step.name}`);
      await setTimeout(50);
    }
    await setTimeout(PAUSE_MILLIS);
    steps.push({ name: step.name, at: Date.now() * 1000 });
    process.stdout.write(`recorded: ${step.name}\n`);
  }
  const admin = await subject.connect();
  const { gitVersion } = (await admin.json({ path: '/version', signal: AbortSignal.timeout(5_000) })) as {
    gitVersion: string;
  };
  admin.close();
  const recording: Recording = {
    version: gitVersion,
    steps,
    // What is still open has not ended.
    exchanges: proxy.exchanges.filter((each, at, all) => !isRepeated(each, at, all)),
  };
  writeFileSync(recordingFile, `${JSON.stringify(recording, null, 2)}\n`);
} finally {
  cluster.close();
  proxy.close();
  await subject.close();
}
