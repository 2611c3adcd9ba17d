/** What Traefik with Authelia does, as far as the hub can tell: passes requests and upgrades on, and says who is signed in. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Where its connections to the hub come from: the hub is told to trust this address. */
export const PROXY_ADDRESS = '127.0.0.2';

export interface SignedIn {
  readonly user: string;
  readonly groups: string;
}

/** Answers its address; `signedIn` is asked for every request. */
export async function startProxy(hub: string, signedIn: () => SignedIn | undefined) {
  const { hostname, port } = new URL(hub);
  const pass = ({ method, url, headers }: IncomingMessage) => {
    const who = signedIn();
    const identity = who === undefined ? {} : { 'remote-user': who.user, 'remote-groups': who.groups };
    const forwarded = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-host': headers.host };
    const all = { ...headers, ...forwarded, ...identity };
    return request({ hostname, port, method, path: url, headers: all, localAddress: PROXY_ADDRESS });
  };
  const server = createServer((incoming, outgoing) => {
    const onward = pass(incoming);
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.on('upgrade', (incoming, socket) => {
    const onward = pass(incoming);
    onward.on('upgrade', (answer, upstream) => {
      const head = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head.join('\r\n')}\r\n\r\n`);
      upstream.pipe(socket).pipe(upstream);
      for (const end of [upstream, socket]) end.on('error', () => end.destroy());
    });
    onward.on('response', () => socket.destroy());
    onward.on('error', () => socket.destroy());
    onward.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
