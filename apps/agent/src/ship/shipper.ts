/** The agent's end of the link: connects, greets, sends batches within a window, hears acknowledgements, comes back. */

import { setTimeout } from 'node:timers/promises';
import {
  type AgentMessage,
  type CaptureConfig,
  type CaptureCounters,
  HubMessage,
  LINK_VERSION,
  PACKETS_FRAME,
} from '@kubeshark/contract';
import { WebSocket } from 'ws';
import type { Ends } from '../enrich/process.ts';
import type { Rules } from '../redact/rules.ts';
import type { PacketLink, PacketRequests } from '../ring/packet-requests.ts';
import { Batcher } from './batcher.ts';
import type { Outbox, OutboxCounts } from './outbox.ts';

type Hello = Extract<AgentMessage, { type: 'hello' }>;
type Health = Omit<Extract<AgentMessage, { type: 'health' }>, 'type' | 'counters'> & {
  readonly counters: Omit<CaptureCounters, keyof OutboxCounts>;
};

export interface ShipperOptions {
  readonly hubUrl: string;
  readonly hello: Omit<Hello, 'type' | 'linkVersion'>;
  readonly outbox: Outbox;
  /** What is taken out of entries until `redactBy` is told otherwise. */
  readonly rules: Rules;
  /** Asked once a second while the link is open. */
  readonly health: () => Health;
  readonly onConfig: (config: CaptureConfig) => void;
  /** Answers when the hub asks for packets; absent where none can be kept. */
  readonly packets?: PacketRequests;
  readonly log: { info(message: string): void; warn(message: string): void };
}

/** Batches sent and not acknowledged: enough to hide the store's quarter second, few enough to send again. */
const WINDOW = 32;
const HEALTH_MILLIS = 1_000;
/** A hub that answers no ping for this long is gone, whatever TCP believes. */
const SILENCE_MILLIS = 15_000;
const RECONNECT_MILLIS = [100, 250, 500, 1_000, 2_000, 5_000] as const;
const SEQUENCE_BYTES = 8;
/** Of a frame with packets, before them. */
const PACKETS_HEAD_BYTES = 8;

export class Shipper {
  readonly #options: ShipperOptions;
  readonly #batcher: Batcher;
  readonly #closed = new AbortController();
  readonly #welcome = Promise.withResolvers<number>();
  #drained = Promise.withResolvers<void>();
  #socket: WebSocket | undefined;
  #sent = 0;
  #acknowledged = 0;
  #inFlight: number[] = [];
  #pumping = false;
  #pumpAgain = false;
  #lastWarning = '';

  constructor(options: ShipperOptions) {
    this.#options = options;
    this.#batcher = new Batcher(options.rules, async (payload, entries) => {
      await options.outbox.add(payload, entries);
      this.#pump();
    });
    void this.#stayConnected();
  }

  /** The number the hub gave, once it has. */
  get agentNumber(): Promise<number> {
    return this.#welcome.promise;
  }

  redactBy(rules: Rules): void {
    this.#batcher.redactBy(rules);
  }

  /** An entry as JSON, which may be gone afterwards, and who holds its ends. */
  offer(json: Uint8Array, ends: Ends): void {
    this.#batcher.add(json, ends);
  }

  /** Resolves when everything offered so far is acknowledged, or `signal` ends the waiting. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.#batcher.flush();
    this.#sendHealth();
    const ended = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => ended.resolve(), { once: true });
    while (!this.#options.outbox.isEmpty && !signal.aborted) {
      this.#drained = Promise.withResolvers();
      await Promise.race([this.#drained.promise, ended.promise]);
    }
    this.#sendHealth();
  }

  /** Ends the link; what is not acknowledged goes to disk. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#batcher.flush();
    this.#socket?.close();
    await this.#options.outbox.save();
  }

  async #stayConnected(): Promise<void> {
    const { signal } = this.#closed;
    for (let attempt = 0; !signal.aborted; attempt++) {
      const wasWelcome = await this.#connect();
      if (wasWelcome) attempt = 0;
      const pause = RECONNECT_MILLIS[Math.min(attempt, RECONNECT_MILLIS.length - 1)]!;
      // Spread, so that a hub that restarts is not met by every agent at once.
      await setTimeout(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    }
  }

  /** One connection from beginning to end; answers whether the hub greeted back. */
  #connect(): Promise<boolean> {
    const { hubUrl, hello } = this.#options;
    const socket = new WebSocket(new URL('/api/agent', hubUrl.replace(/^http/, 'ws')), { perMessageDeflate: false });
    const ended = Promise.withResolvers<boolean>();
    const gone = new AbortController();
    const link = this.#packetLink(socket, gone.signal);
    let isWelcome = false;
    let lastHeard = performance.now();
    const beat = setInterval(() => {
      if (performance.now() - lastHeard > SILENCE_MILLIS) socket.terminate();
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.ping();
      this.#sendHealth();
    }, HEALTH_MILLIS);

    socket.on('open', () => this.#send(socket, { type: 'hello', linkVersion: LINK_VERSION, ...hello }));
    socket.on('pong', () => {
      lastHeard = performance.now();
    });
    socket.on('message', (data) => {
      lastHeard = performance.now();
      const message = HubMessage.safeParse(JSON.parse((data as Buffer).toString())).data;
      if (message?.type === 'welcome') {
        isWelcome = true;
        this.#begin(socket);
      }
      if (message !== undefined) void this.#hear(message, link);
    });
    socket.on('error', (error) =>
      this.#warnOnce(`The hub at ${hubUrl} does not answer (${error.message}); entries wait.`),
    );
    socket.on('close', () => {
      clearInterval(beat);
      gone.abort();
      if (this.#socket === socket) this.#socket = undefined;
      ended.resolve(isWelcome);
    });
    this.#closed.signal.addEventListener('abort', () => socket.close(), { once: true });
    return ended.promise;
  }

  #packetLink(socket: WebSocket, signal: AbortSignal): PacketLink {
    return {
      signal,
      send: (message) => this.#send(socket, message),
      piece: (request, bytes) => {
        const frame = Buffer.allocUnsafe(PACKETS_HEAD_BYTES + bytes.length);
        frame.writeUInt32BE(PACKETS_FRAME);
        frame.writeUInt32BE(request, 4);
        frame.set(bytes, PACKETS_HEAD_BYTES);
        if (socket.readyState === WebSocket.OPEN) socket.send(frame);
      },
    };
  }

  /** What an earlier connection sent and was not acknowledged is sent again. */
  #begin(socket: WebSocket): void {
    this.#socket = socket;
    this.#sent = this.#acknowledged;
    this.#inFlight = [];
    this.#lastWarning = '';
    this.#pump();
  }

  async #hear(message: HubMessage, link: PacketLink): Promise<void> {
    const { outbox, log, onConfig, packets } = this.#options;
    switch (message.type) {
      case 'welcome':
        log.info(`connected to the hub as agent ${message.agentNumber}`);
        onConfig(message.config);
        this.#welcome.resolve(message.agentNumber);
        return;
      case 'config':
        return onConfig(message.config);
      case 'ack':
        this.#acknowledged = Math.max(this.#acknowledged, message.seq);
        this.#inFlight = this.#inFlight.filter((seq) => seq > message.seq);
        await outbox.acknowledge(message.seq);
        return this.#pump();
      case 'refused':
        log.warn(`the hub refused a batch: ${message.message}`);
        this.#inFlight = this.#inFlight.filter((seq) => seq !== message.seq);
        await outbox.drop(message.seq);
        return this.#pump();
      case 'packets':
      case 'packets-next':
      case 'packets-stop':
        return packets?.hear(message, link);
      case 'error':
        return this.#warnOnce(`${message.message} (${message.code})`);
    }
  }

  #pump(): void {
    if (this.#options.outbox.isEmpty) this.#drained.resolve();
    this.#pumpAgain = true;
    if (this.#pumping) return;
    this.#pumping = true;
    void this.#keepPumping().finally(() => {
      this.#pumping = false;
    });
  }

  /** What is added while a file is being read must not wait for the next occasion. */
  async #keepPumping(): Promise<void> {
    while (this.#pumpAgain) {
      this.#pumpAgain = false;
      await this.#sendWindow();
    }
  }

  async #sendWindow(): Promise<void> {
    while (this.#inFlight.length < WINDOW) {
      const socket = this.#socket;
      const next = await this.#options.outbox.after(this.#sent);
      // The link may have broken and begun again while a file was read.
      if (next === undefined || socket === undefined) return;
      if (socket !== this.#socket || next.seq <= this.#sent) continue;
      const frame = Buffer.allocUnsafe(SEQUENCE_BYTES + next.payload.length);
      frame.writeBigUInt64BE(BigInt(next.seq));
      frame.set(next.payload, SEQUENCE_BYTES);
      this.#sent = next.seq;
      this.#inFlight.push(next.seq);
      socket.send(frame);
    }
  }

  #sendHealth(): void {
    if (this.#socket === undefined) return;
    const { health, outbox } = this.#options;
    const { counters, ...rest } = health();
    const { queued, lost, ...counts } = outbox.counts;
    const { waiting, lost: givenUp } = this.#batcher;
    this.#send(this.#socket, {
      type: 'health',
      ...rest,
      sentAt: Date.now() * 1000,
      counters: { ...counters, ...counts, queued: queued + waiting, lost: lost + givenUp },
    });
  }

  #send(socket: WebSocket, message: AgentMessage): void {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  }

  /** The same trouble is told once, not at every try. */
  #warnOnce(warning: string): void {
    if (warning === this.#lastWarning) return;
    this.#lastWarning = warning;
    this.#options.log.warn(warning);
  }
}
