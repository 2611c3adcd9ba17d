/** A WebSocket whose messages a test can wait for, one by one. */

import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

export class TestSocket {
  readonly ws: WebSocket;
  readonly #messages: unknown[] = [];
  #arrived: (() => void) | undefined;

  private constructor(url: string, options: ClientOptions) {
    this.ws = new WebSocket(url.replace('http', 'ws'), options);
    this.ws.on('message', (data) => {
      this.#messages.push(JSON.parse((data as Buffer).toString()));
      this.#arrived?.();
    });
  }

  /** Open until the test is over. */
  static async open(url: string, options: ClientOptions = {}): Promise<TestSocket> {
    const socket = new TestSocket(url, options);
    onTestFinished(() => socket.close());
    await once(socket.ws, 'open');
    return socket;
  }

  send(message: object): void {
    this.ws.send(JSON.stringify(message));
  }

  /** The next message that `accepts`; those before it are dropped. */
  async next<T>(accepts: (message: T) => boolean = () => true): Promise<T> {
    for (;;) {
      while (this.#messages.length > 0) {
        const message = this.#messages.shift() as T;
        if (accepts(message)) return message;
      }
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    }
  }

  async closed(): Promise<void> {
    if (this.ws.readyState !== WebSocket.CLOSED) await once(this.ws, 'close');
  }

  async close(): Promise<void> {
    this.ws.terminate();
    await this.closed();
  }
}
