/** What every part of the shop is made of: a process with a name of its own, an HTTP server, and calls to other parts. */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** Where the other parts listen, by name; given by main.ts as `name=address` arguments. */
export const parts: Readonly<Record<string, string>> = Object.fromEntries(
  process.argv.slice(2).map((argument) => argument.split('=', 2) as [string, string]),
);

/** Address of another part; main.ts starts a part after those it calls. */
export function addressOf(name: string): string {
  const address = parts[name];
  if (address === undefined) throw new Error(`${process.title} was started without the address of ${name}`);
  return address;
}

/** Names the process as people will see it, and ends it when its parent is gone. */
export function begin(name: string): void {
  process.title = name;
  process.on('disconnect', () => process.exit(0));
}

/** Tells main.ts where this part listens. */
export const report = (address: string): void => void process.send?.({ address });

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<unknown>;

/** Listens on a free port of loopback and reports it. A handler that fails answers 500. */
export function serve(handler: Handler): Server {
  const server = createServer((request, response) => {
    handler(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: String(error) });
    });
  });
  server.listen(0, '127.0.0.1', () => report(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  return server;
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const text = JSON.stringify(value);
  const headers = { 'content-type': 'application/json; charset=utf-8', server: process.title };
  if (text.length < 1024) {
    response.writeHead(status, headers).end(text);
  } else {
    response.writeHead(status, { ...headers, 'content-encoding': 'gzip' }).end(gzipSync(text));
  }
}

/** The request's body as JSON; undefined when it is not JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

export interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls another part; a failed connection gives status 0 and goes on, as a shop that must stay open would. */
export async function call(
  part: string,
  path: string,
  { method = 'GET', body, headers }: Call = {},
): Promise<{ status: number; value: unknown }> {
  try {
    const response = await fetch(`http://${addressOf(part)}${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, value: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text };
  } catch {
    return { status: 0, value: undefined }; // refused or reset: the caller shows a page without that part
  }
}

export const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));

export const chance = (probability: number): boolean => Math.random() < probability;

export const pick = <T>(list: readonly [T, ...T[]]): T => list[Math.floor(Math.random() * list.length)] ?? list[0];
