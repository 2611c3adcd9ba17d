/** Asks one agent for the packets it keeps, over its link: what is found first, then the packets as fast as they are taken. */

import { type AgentMessage, type HubMessage, PACKET_WINDOW, type PacketsWanted } from '@kubeshark/contract';

/** An agent reads its whole ring before it answers, and other requests before this one. */
const FOUND_MILLIS = 180_000;
/** Between two pieces it only reads on. */
const PIECE_MILLIS = 60_000;
/** Requests one agent has at once; it answers them one after the other. */
const MAX_OPEN = 8;

type Answer = Extract<AgentMessage, { type: 'packets-found' | 'packets-end' }>;

export interface FoundPackets {
  /** Places in the list of connections, of those no packet is kept of. */
  readonly missing: readonly number[];
  /** A pcapng file in pieces of any size. Rejects when it ends early. */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** One request, while it is open. */
class Asked {
  readonly found = Promise.withResolvers<readonly number[]>();
  readonly #pieces: Uint8Array[] = [];
  #wake: () => void = () => undefined;
  #isEnded = false;
  #fault: Error | undefined;

  constructor() {
    // Nobody may be waiting when it fails.
    this.found.promise.catch(() => undefined);
  }

  piece(bytes: Uint8Array): void {
    // More than it may send: nothing that an agent does makes the hub's memory grow.
    if (this.#pieces.length >= PACKET_WINDOW) return this.end('the agent sent more than it was asked for');
    this.#pieces.push(bytes);
    this.#wake();
  }

  end(reason?: string): void {
    this.#isEnded = true;
    if (reason !== undefined) this.#fault = new Error(reason);
    this.found.reject(this.#fault ?? new Error('the agent ended without an answer'));
    this.#wake();
  }

  /** The next piece; undefined after the last. Rejects when there should be more. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) return piece;
      if (this.#fault !== undefined) throw this.#fault;
      if (this.#isEnded) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await inTime(promise, PIECE_MILLIS);
    }
  }
}

export class PacketAsker {
  readonly #send: (message: HubMessage) => void;
  readonly #open = new Map<number, Asked>();
  #last = 0;

  constructor(send: (message: HubMessage) => void) {
    this.#send = send;
  }

  /** Whoever asks reads the pieces to the end or returns early. Rejects with a reason for people. */
  async ask(wanted: PacketsWanted, signal?: AbortSignal): Promise<FoundPackets> {
    if (this.#open.size >= MAX_OPEN) throw new Error('the agent is being asked for packets too often; try again');
    this.#last += 1;
    const request = this.#last;
    const asked = new Asked();
    this.#open.set(request, asked);
    const stop = () => {
      if (!this.#open.delete(request)) return;
      this.#send({ type: 'packets-stop', request });
      asked.end('nobody waits for the packets any more');
    };
    signal?.addEventListener('abort', stop, { once: true });
    this.#send({ type: 'packets', request, wanted });
    try {
      const missing = await inTime(asked.found.promise, FOUND_MILLIS);
      return { missing, pieces: this.#pieces(request, { asked, stop, signal }) };
    } catch (error) {
      stop();
      throw error;
    }
  }

  hear(answer: Answer): void {
    const asked = this.#open.get(answer.request);
    if (asked === undefined) return;
    if (answer.type === 'packets-found') return asked.found.resolve(answer.missing);
    this.#open.delete(answer.request);
    asked.end(answer.reason);
  }

  piece(request: number, bytes: Uint8Array): void {
    this.#open.get(request)?.piece(bytes);
  }

  /** The link is gone. */
  close(): void {
    for (const asked of this.#open.values()) asked.end('the agent has gone');
    this.#open.clear();
  }

  async *#pieces(
    request: number,
    { asked, stop, signal }: { asked: Asked; stop: () => void; signal: AbortSignal | undefined },
  ): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const piece = await asked.next();
        if (piece === undefined) return;
        this.#send({ type: 'packets-next', request });
        yield piece;
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      stop();
    }
  }
}

async function inTime<T>(work: Promise<T>, millis: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the agent said nothing for ${millis / 1000} s`)), millis);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
