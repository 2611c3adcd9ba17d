/**
 * Packets of the ring that the hub asks for: found, sent in pieces no faster than the hub takes them, one request after the
 * other. Capturing and shipping go on meanwhile.
 */

import { type AgentMessage, type HubMessage, PACKET_PIECE_BYTES, PACKET_WINDOW } from '@kubeshark/contract';
import type { RawRing } from './raw-ring.ts';
import { RingExtract } from './ring-extract.ts';

/** Requests that wait; each reads the whole ring. */
const MAX_WAITING = 8;
/** A hub that takes no piece for so long has forgotten the request. */
const PATIENCE_MILLIS = 60_000;

type Asked = Extract<HubMessage, { type: 'packets' | 'packets-next' | 'packets-stop' }>;

/** The link a request came over. */
export interface PacketLink {
  send(message: AgentMessage): void;
  piece(request: number, bytes: Uint8Array): void;
  /** Aborted when the link is gone. */
  readonly signal: AbortSignal;
}

interface Running {
  readonly stop: AbortController;
  /** Pieces that may be sent now. */
  credit: number;
  /** Wakes who waits for credit. */
  wake: () => void;
}

export class PacketRequests {
  readonly #ring: () => RawRing | undefined;
  readonly #byLink = new Map<PacketLink, Map<number, Running>>();
  #working: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** `ring` gives the one that is being filled; undefined where no packets are kept. */
  constructor(ring: () => RawRing | undefined) {
    this.#ring = ring;
  }

  hear(message: Asked, link: PacketLink): void {
    const { request } = message;
    const running = this.#byLink.get(link)?.get(request);
    switch (message.type) {
      case 'packets':
        return running === undefined ? this.#begin(message, link) : undefined;
      case 'packets-next':
        if (running === undefined) return;
        running.credit = Math.min(running.credit + 1, PACKET_WINDOW);
        return running.wake();
      case 'packets-stop':
        return running?.stop.abort();
    }
  }

  #begin({ request, wanted }: Extract<Asked, { type: 'packets' }>, link: PacketLink): void {
    const end = (packets: number, reason?: string) =>
      link.send({ type: 'packets-end', request, packets, ...(reason !== undefined && { reason }) });
    if (this.#waiting >= MAX_WAITING) return end(0, `${MAX_WAITING} requests for packets wait already`);
    const running: Running = { stop: new AbortController(), credit: PACKET_WINDOW, wake: () => undefined };
    const ofLink = this.#byLink.get(link) ?? new Map<number, Running>();
    this.#byLink.set(link, ofLink.set(request, running));
    const signal = AbortSignal.any([running.stop.signal, link.signal]);
    signal.addEventListener('abort', () => running.wake(), { once: true });
    this.#waiting += 1;
    this.#working = this.#working.then(async () => {
      try {
        await this.#answer(link, { request, wanted, running, signal, end });
      } catch (error) {
        if (!signal.aborted) end(0, error instanceof Error ? error.message : String(error));
      } finally {
        this.#waiting -= 1;
        ofLink.delete(request);
        if (ofLink.size === 0) this.#byLink.delete(link);
      }
    });
  }

  async #answer(link: PacketLink, { request, wanted, running, signal, end }: Answer): Promise<void> {
    const ring = this.#ring();
    if (ring === undefined) return end(0, 'no packets are kept here');
    // What was captured a moment ago is wanted too.
    await ring.flush();
    const { connections, until } = wanted;
    const since = connections.reduce((earliest, one) => Math.min(earliest, one.since), until);
    const extract = await RingExtract.open(ring.directory, { since, until, connections, signal });
    try {
      const missing = connections.flatMap(({ id }, place) => (extract.found.has(id) ? [] : [place]));
      link.send({ type: 'packets-found', request, missing });
      for await (const chunk of extract.bytes())
        for (let at = 0; at < chunk.length; at += PACKET_PIECE_BYTES) {
          await hasCredit(running, signal);
          running.credit -= 1;
          link.piece(request, chunk.subarray(at, at + PACKET_PIECE_BYTES));
        }
    } finally {
      await extract.close();
    }
    const { packets, cutSegments } = extract.counts;
    end(packets, cutSegments === 0 ? undefined : `${cutSegments} segments of the ring end inside a packet`);
  }
}

interface Answer {
  readonly request: number;
  readonly wanted: Extract<Asked, { type: 'packets' }>['wanted'];
  readonly running: Running;
  readonly signal: AbortSignal;
  readonly end: (packets: number, reason?: string) => void;
}

/** Resolves when a piece may be sent. Rejects when nobody wants it any more. */
async function hasCredit(running: Running, signal: AbortSignal): Promise<void> {
  while (running.credit === 0 && !signal.aborted) {
    const { promise, resolve } = Promise.withResolvers<'woken' | 'silent'>();
    running.wake = () => resolve('woken');
    const timer = setTimeout(() => resolve('silent'), PATIENCE_MILLIS);
    const what = await promise;
    clearTimeout(timer);
    if (what === 'silent') throw new Error(`the hub took no packets for ${PATIENCE_MILLIS / 1000} s`);
  }
  signal.throwIfAborted();
}
