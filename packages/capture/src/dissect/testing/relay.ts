/** A relay between a real client and a real server that keeps what both say, as a conversation to dissect. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Side } from '../dissector.ts';
import type { Turn } from './conversation.ts';

export class Relay {
  /** What was said, a list for each connection in the order they were opened. */
  readonly conversations: Turn[][] = [];
  readonly #server;
  readonly #sockets = new Set<Socket>();
  #now = 0;

  private constructor(target: number) {
    this.#server = createServer((client) => this.#join(client, connect(target, '127.0.0.1')));
  }

  /** Listens on a free port of loopback and passes everything on to `target`. */
  static async to(target: number): Promise<Relay> {
    const relay = new Relay(target);
    relay.#server.listen(0, '127.0.0.1');
    await once(relay.#server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Waits until all connections are over, and listens no more. */
  async close(): Promise<void> {
    while (this.#sockets.size > 0) await Promise.all([...this.#sockets].map(closed));
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(client: Socket, server: Socket): void {
    const turns: Turn[] = [];
    this.conversations.push(turns);
    const pass = (side: Side, from: Socket, to: Socket) => {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes: Buffer) => {
        this.#now += 1000;
        turns.push({ side, bytes: new Uint8Array(bytes), at: this.#now });
        to.write(bytes);
      });
      from.on('end', () => to.end());
      // What one end breaks off is over for the other too.
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.end();
      });
    };
    pass('client', client, server);
    pass('server', server, client);
  }
}

/** A reset closes a socket as well. */
const closed = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.once('close', resolve));
