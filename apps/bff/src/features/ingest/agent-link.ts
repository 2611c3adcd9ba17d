/** One connection of an agent: greeting, batches in order, acknowledgements after the store, back-pressure. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  AgentMessage,
  type ErrorCode,
  errorTable,
  type HubMessage,
  LINK_VERSION,
  PACKETS_FRAME,
} from '@kubeshark/contract';
import { StoreError } from '@kubeshark/store';
import type { Agent, AgentRegistry } from '../../ingest/agent-registry.ts';
import { type Batch, decodeFrame, frameSource } from '../../ingest/frame.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import type { Source } from '../../live-bus/source.ts';
import { PacketAsker } from '../../packets/packet-asker.ts';

interface AgentSocket {
  send(text: string): void;
  close(): void;
  /** No more messages until `resume`: the agent feels it as a full connection. */
  pause(): void;
  resume(): void;
}

export interface AgentLinkOptions {
  readonly socket: AgentSocket;
  readonly agents: AgentRegistry;
  readonly ingest: Ingest;
  readonly token: string | undefined;
  readonly nowMicros: () => number;
}

/** Batches of one agent that may wait for the store; the agent keeps at most as many unacknowledged in flight. */
const MAX_WAITING = 64;

const digest = (text: string) => createHash('sha256').update(text).digest();

export class AgentLink {
  readonly #options: AgentLinkOptions;
  readonly #closed = new AbortController();
  #agent: Agent | undefined;
  /** Work happens in the order of arrival: greeting before batches, acknowledgements by rising sequence. */
  #work: Promise<void> = Promise.resolve();
  #acknowledging: Promise<void> = Promise.resolve();
  /** Highest sequence of this connection; what is not above it came before. */
  #highest = 0;
  #waiting = 0;
  /** Ends when the batch before the last one has been passed on. */
  #turn: Promise<void> = Promise.resolve();
  readonly #packets = new PacketAsker((message) => this.#send(message));
  /** Ends hearing of changed settings. */
  #leave: (() => void) | undefined;

  constructor(options: AgentLinkOptions) {
    this.#options = options;
  }

  text(text: string): void {
    this.#enqueue(() => this.#control(text));
  }

  frame(bytes: Uint8Array): void {
    const packets = packetsOf(bytes);
    if (packets !== undefined) return this.#packets.piece(packets.request, packets.bytes);
    this.#waiting += 1;
    if (this.#waiting >= MAX_WAITING) this.#options.socket.pause();
    this.#enqueue(() => this.#batch(bytes));
  }

  close(): void {
    this.#closed.abort();
    this.#leave?.();
    this.#packets.close();
    const agent = this.#agent;
    // It may have come again before this connection was known to be over.
    if (agent?.packets !== this.#packets) return;
    agent.connected = false;
    agent.packets = undefined;
  }

  /** Resolves when everything received so far is stored and acknowledged, or the link is closed. */
  async settle(): Promise<void> {
    await this.#work;
    await this.#acknowledging;
  }

  #enqueue(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      // A database that does not answer is nobody's bug: the agent comes back until it does.
      const code = error instanceof StoreError ? 'KS_STORE_UNAVAILABLE' : 'KS_INTERNAL';
      this.#fail(code, errorTable[code].meaning);
      throw error;
    });
    // The failure was reported on the link; later steps of this link must not run.
    this.#work.catch(() => undefined);
  }

  async #control(text: string): Promise<void> {
    const message = readMessage(text);
    if (message === undefined) return this.#fail('KS_BAD_MESSAGE', 'A message of the agent is not in the contract.');
    if (message.type === 'hello') return this.#greet(message);
    if (message.type !== 'health') return this.#packets.hear(message);
    this.#agent?.report(message, this.#options.nowMicros());
  }

  async #greet(hello: Extract<AgentMessage, { type: 'hello' }>): Promise<void> {
    const { agents, token, nowMicros } = this.#options;
    if (hello.linkVersion !== LINK_VERSION)
      return this.#fail(
        'KS_PROTOCOL_VERSION',
        `The agent speaks version ${hello.linkVersion}, the hub ${LINK_VERSION}.`,
      );
    if (token !== undefined && !timingSafeEqual(digest(token), digest(hello.token ?? '')))
      return this.#fail('KS_AGENT_REFUSED', errorTable.KS_AGENT_REFUSED.meaning);
    const agent = await agents.enter(hello, nowMicros());
    if (agent === undefined) return this.#fail('KS_NODE_TAKEN', errorTable.KS_NODE_TAKEN.meaning);
    this.#agent = agent;
    agent.packets = this.#packets;
    let told = agents.configOf(hello.node);
    this.#send({ type: 'welcome', agentNumber: agent.number, config: told });
    this.#leave = agents.onConfig(() => {
      const config = agents.configOf(hello.node);
      // Most changes of a cluster are of other nodes.
      if (isDeepStrictEqual(config, told)) return;
      told = config;
      this.#send({ type: 'config', config });
    });
    if (agent.acknowledged > 0) this.#send({ type: 'ack', seq: agent.acknowledged });
  }

  async #batch(frame: Uint8Array): Promise<void> {
    const agent = this.#agent;
    if (agent === undefined) return this.#fail('KS_AGENT_REFUSED', 'A batch came before the greeting.');
    // Only the next batch is unpacked before its turn: bytes wait at no cost, entries are copied while they do.
    await this.#turn;
    const nowMicros = this.#options.nowMicros();
    const decoded = await decodeFrame(frame, nowMicros);
    agent.lastSeen = nowMicros;
    if (decoded.kind === 'bad') {
      this.#options.ingest.refuse(`batch: ${decoded.fault}`);
      this.#done();
      if (decoded.sequence === undefined)
        return this.#fail('KS_BAD_BATCH', `A batch cannot be read: ${decoded.fault}.`);
      return this.#send({ type: 'refused', seq: decoded.sequence, code: 'KS_BAD_BATCH', message: decoded.fault });
    }
    this.#turn = this.#options.ingest.turn;
    this.#take(agent, decoded.batch, frameSource(frame, decoded.batch, nowMicros));
  }

  #take(agent: Agent, { sequence, entries, refused }: Batch, source: Source): void {
    const { ingest } = this.#options;
    for (const [reason, count] of refused) ingest.refuse(reason, count);
    const isKnown = sequence <= Math.max(agent.acknowledged, this.#highest);
    this.#highest = Math.max(this.#highest, sequence);
    const stored = isKnown ? Promise.resolve(true) : ingest.take(entries, this.#closed.signal, source);
    this.#acknowledging = this.#acknowledging.then(async () => {
      const isStored = await stored;
      this.#done();
      if (!isStored) return;
      agent.acknowledged = Math.max(agent.acknowledged, sequence);
      this.#send({ type: 'ack', seq: agent.acknowledged });
    });
    this.#acknowledging.catch(() => this.#fail('KS_INTERNAL', errorTable.KS_INTERNAL.meaning));
  }

  #done(): void {
    this.#waiting -= 1;
    if (this.#waiting === MAX_WAITING - 1) this.#options.socket.resume();
  }

  #send(message: HubMessage): void {
    if (!this.#closed.signal.aborted) this.#options.socket.send(JSON.stringify(message));
  }

  #fail(code: ErrorCode, message: string): void {
    this.#send({ type: 'error', code, message });
    this.close();
    this.#options.socket.close();
  }
}

const PACKETS_HEAD_BYTES = 8;

/** Undefined for a frame with a batch. */
function packetsOf(bytes: Uint8Array): { request: number; bytes: Uint8Array } | undefined {
  if (bytes.length < PACKETS_HEAD_BYTES) return undefined;
  const head = new DataView(bytes.buffer, bytes.byteOffset);
  if (head.getUint32(0) !== PACKETS_FRAME) return undefined;
  return { request: head.getUint32(4), bytes: bytes.subarray(PACKETS_HEAD_BYTES) };
}

function readMessage(text: string): AgentMessage | undefined {
  try {
    return AgentMessage.safeParse(JSON.parse(text)).data;
  } catch {
    // Not JSON: no message of ours.
    return undefined;
  }
}
