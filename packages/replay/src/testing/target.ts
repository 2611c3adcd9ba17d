/** Real servers to replay against, and calls as a recording has them. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { onTestFinished } from 'vitest';
import type { PlanOptions } from '../plan/options.ts';
import { type Plan, planReplay } from '../plan/plan.ts';

export async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

export const httpTarget = (listener: Listener): Promise<string> =>
  listening(createServer((request, response) => void listener(request, response)));

export const json = (response: ServerResponse, value: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
};

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  return Buffer.concat(parts).toString();
}

interface Recorded {
  readonly method?: string;
  readonly url: string;
  readonly endpoint?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly status?: number;
  readonly answer?: unknown;
  readonly answerHeaders?: Record<string, string>;
  readonly latency?: number;
  /** Seconds after the first call. */
  readonly at?: number;
  readonly connection?: string;
  readonly more?: Partial<Entry>;
}

/** A call as it stands in a recording. */
export function recorded(call: Recorded): Entry {
  const { method = 'GET', url, headers = {}, body, status = 200, answer = {}, latency = 5, at = 0 } = call;
  const timestamp = START_MICROS + Math.round(at * 1e6);
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  return anHttpEntry(0, {
    id: idAt(timestamp + latency * 1000),
    timestamp,
    method,
    summary: `${method} ${url}`,
    endpoint: call.endpoint ?? `${method} ${url.split('?')[0]}`,
    status,
    error: status >= 400,
    latency,
    request: {
      size: 100,
      method,
      path: url.split('?')[0] ?? url,
      url: `http://shop${url}`,
      headers: { Host: 'shop', ...headers },
      ...(body !== undefined && { body: { size: body.length, text: body } }),
    },
    response: {
      size: 100,
      status,
      headers: { 'content-type': 'application/json', ...call.answerHeaders },
      body: { size: text.length, text },
    },
    connection: { id: call.connection ?? `connection ${url} ${at}`, transport: 'tcp', index: 0 },
    ...call.more,
  });
}

export function planOf(entries: readonly Entry[], options: PlanOptions): Promise<Plan> {
  const batches = async function* () {
    yield entries;
  };
  return planReplay(batches(), options);
}
