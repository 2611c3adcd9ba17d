/** The live stream's WebSocket: connects, reads messages by the contract, comes back after a break from where it was. */

import { type LiveClientMessage, LiveServerMessage } from '@kubeshark/contract';

export type Connection = 'closed' | 'connecting' | 'open' | 'reconnecting' | 'disconnected';

/** First wait before coming back; doubled up to the last. A hub restart takes a second or two. */
const FIRST_WAIT_MILLIS = 400;
const LAST_WAIT_MILLIS = 8000;
/** Attempts after which the page says "disconnected" instead of "reconnecting"; it goes on trying. */
const ATTEMPTS_UNTIL_DISCONNECTED = 4;

export interface LiveHandlers {
  readonly message: (message: LiveServerMessage) => void;
  readonly connection: (connection: Connection) => void;
}

/** What a WebSocket must be able to do for us. */
export type OpenSocket = (address: string) => Pick<WebSocket, 'send' | 'close' | 'addEventListener'>;

const openBrowserSocket: OpenSocket = (address) => new WebSocket(address);

/** Address of the stream beside the page whose base this is, `ws:` or `wss:` as the page itself. */
export const liveAddress = (base: string): string => new URL('api/live', base).href.replace(/^http/, 'ws');

export class LiveSocket {
  readonly #handlers: LiveHandlers;
  readonly #address: string;
  readonly #openSocket: OpenSocket;
  #query = '';
  #position: string | undefined;
  #socket: ReturnType<OpenSocket> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempts = 0;

  constructor(handlers: LiveHandlers, address: string, openSocket: OpenSocket = openBrowserSocket) {
    this.#handlers = handlers;
    this.#address = address;
    this.#openSocket = openSocket;
  }

  /** Begins with `query`, dropping whatever ran before. */
  start(query: string): void {
    this.stop();
    this.#query = query;
    this.#position = undefined;
    this.#attempts = 0;
    this.#connect('connecting');
  }

  stop(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#handlers.connection('closed');
  }

  /** Rows stop, counts go on. */
  pause(): void {
    this.#send({ type: 'pause' });
  }

  resume(): void {
    this.#send({ type: 'resume' });
  }

  #send(message: LiveClientMessage): void {
    try {
      this.#socket?.send(JSON.stringify(message));
    } catch {
      // Not open yet or no longer: the subscription after the next connect says the same.
    }
  }

  #connect(announce: Connection): void {
    this.#handlers.connection(announce);
    const socket = this.#openSocket(this.#address);
    this.#socket = socket;
    socket.addEventListener('open', () => {
      if (this.#socket !== socket) return;
      const resume = this.#position === undefined ? {} : { resumeFrom: this.#position };
      this.#send({ type: 'subscribe', query: this.#query, ...resume });
    });
    socket.addEventListener('message', (event) => {
      if (this.#socket === socket) this.#read((event as MessageEvent).data);
    });
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#comeBack();
    });
  }

  #read(data: unknown): void {
    let message: LiveServerMessage;
    try {
      message = LiveServerMessage.parse(JSON.parse(String(data)));
    } catch {
      // A hub of another version: drop the message, keep the stream.
      return;
    }
    if ('position' in message) this.#position = message.position;
    if (message.type === 'state') {
      this.#attempts = 0;
      this.#handlers.connection('open');
    }
    // A refused query will be refused again: wait for the next one.
    if (message.type === 'error') this.stop();
    this.#handlers.message(message);
  }

  #comeBack(): void {
    this.#socket = null;
    const wait = Math.min(LAST_WAIT_MILLIS, FIRST_WAIT_MILLIS * 2 ** this.#attempts);
    this.#attempts += 1;
    const state = this.#attempts > ATTEMPTS_UNTIL_DISCONNECTED ? 'disconnected' : 'reconnecting';
    this.#handlers.connection(state);
    this.#timer = setTimeout(() => this.#connect(state), wait);
  }
}
