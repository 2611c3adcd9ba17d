/** Answers as the real API server did that was recorded, step by step; lines of watches come in two pieces. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Exchange, keyOf, type Recording, requestOf } from './recorded.ts';

interface Told {
  readonly exchange: Exchange;
  readonly response: ServerResponse;
  parts: number;
}

export class RecordedApiServer {
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #left = new Map<string, Exchange[]>();
  readonly #refused = new Map<string, Exchange>();
  /** Requests for what comes in a later step. */
  readonly #early = new Set<readonly [key: string, response: ServerResponse]>();
  readonly #open = new Set<Told>();
  #step = 0;

  private constructor({ exchanges }: Recording) {
    for (const exchange of exchanges) {
      const key = keyOf(exchange);
      this.#left.set(key, [...(this.#left.get(key) ?? []), exchange]);
    }
  }

  static async start(recording: Recording): Promise<RecordedApiServer> {
    const server = new RecordedApiServer(recording);
    await new Promise<void>((resolve) => {
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What was recorded of the next step happens. */
  advance(): void {
    this.#step += 1;
    for (const told of this.#open) this.#tell(told);
    for (const waiting of this.#early) {
      this.#early.delete(waiting);
      this.#begin(...waiting);
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ url = '/', method = 'GET', headers }: IncomingMessage, response: ServerResponse): void {
    this.#begin(keyOf(requestOf(url, method, headers.accept ?? '')), response);
  }

  #begin(key: string, response: ServerResponse): void {
    const [next] = this.#left.get(key) ?? [];
    // What is refused is refused again for as long as nothing else was recorded.
    const exchange = next !== undefined && next.step <= this.#step ? next : this.#refused.get(key);
    if (exchange === undefined) {
      this.#early.add([key, response]);
      return;
    }
    if (exchange === next) this.#left.get(key)?.shift();
    if (exchange.status >= 400) this.#refused.set(key, exchange);
    response.writeHead(exchange.status, { 'content-type': 'application/json' });
    response.flushHeaders();
    const told: Told = { exchange, response, parts: 0 };
    this.#open.add(told);
    this.#tell(told);
  }

  #tell(told: Told): void {
    const { exchange, response } = told;
    const { parts, ended = Number.POSITIVE_INFINITY } = exchange;
    for (; told.parts < parts.length; told.parts += 1) {
      const { step, text } = parts[told.parts]!;
      // A refusal that is repeated is as it was.
      if (step > this.#step) break;
      const middle = Math.floor(text.length / 2);
      response.write(text.slice(0, middle));
      response.write(text.slice(middle));
    }
    if (ended > this.#step) return;
    response.end();
    this.#open.delete(told);
  }
}
