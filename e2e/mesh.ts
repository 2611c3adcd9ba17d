/** Real servers and clients on addresses of loopback, so that each is a node of its own: the traffic of the live stories. */

import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findProgram } from '../scripts/system-packages.ts';

/** Why live stories cannot run here; undefined when they can. */
export const captureHindrance: string | undefined =
  process.getuid?.() !== 0
    ? 'capturing needs root'
    : findProgram('tcpdump') === undefined
      ? 'tcpdump is not installed'
      : undefined;

export interface Call {
  /** Address the call comes from: 127.0.0.x. */
  readonly from: string;
  readonly to: { readonly address: string; readonly port: number };
  readonly path: string;
  readonly method?: string;
}

/** Makes one call and reads the answer; answers its status, or 0 when there was no connection. */
export function call({ from, to, path, method = 'GET' }: Call): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(
      { host: to.address, port: to.port, path, method, localAddress: from, agent: false },
      (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.once('error', () => resolve(0));
    sent.end();
  });
}

/** A server that answers each path in its own way: `/slow` waits, `/fail` fails, the rest is fine. */
export class Mesh {
  readonly #servers: Server[] = [];

  async serve(address: string): Promise<Call['to']> {
    const server = createServer((incoming, response) => {
      incoming.resume();
      answer(incoming.url ?? '/', response);
    });
    server.listen(0, address);
    await once(server, 'listening');
    this.#servers.push(server);
    return { address, port: (server.address() as AddressInfo).port };
  }

  /** An address where nobody listens. */
  async nobody(address: string): Promise<Call['to']> {
    const { port } = await this.serve(address);
    const server = this.#servers.pop();
    server?.close();
    return { address, port };
  }

  close(): void {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}

function answer(path: string, response: ServerResponse): void {
  const status = path.startsWith('/fail') ? 503 : 200;
  const send = () => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ path, ok: status === 200 }));
  };
  if (path.startsWith('/slow')) setTimeout(send, 400);
  else send();
}
