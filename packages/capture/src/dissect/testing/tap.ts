/** A way to a real server that remembers what both sides say: live tests dissect it without the right to capture. */

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Turn } from './conversation.ts';

export interface Tap extends AsyncDisposable {
  /** Connect here instead. */
  readonly port: number;
  /** What was said so far, one list a connection. */
  readonly conversations: readonly (readonly Turn[])[];
}

/** Listens on a free port of loopback and passes everything on to the server's. */
export async function tap(serverPort: number): Promise<Tap> {
  const conversations: Turn[][] = [];
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    const turns: Turn[] = [];
    conversations.push(turns);
    const pass = (side: 'client' | 'server', from: Socket, to: Socket) => {
      sockets.add(from);
      from.on('data', (bytes) => {
        turns.push({ side, bytes: new Uint8Array(bytes) });
        to.write(bytes);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
    };
    pass('client', client, server);
    pass('server', server, client);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    conversations,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}

/** Is a program here? Live tests are reported as skipped, by name, when it is not. */
export const hasProgram = (program: string): boolean => spawnSync('which', [program]).status === 0;
