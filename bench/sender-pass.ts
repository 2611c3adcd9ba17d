/**
 * An agent of which only the link is left: batches as an agent encodes them are made before the clock starts, and from then on
 * they are written as fast as the hub acknowledges. Agents run on other machines than their hub; making entries and encoding
 * them beside it would measure these.
 */

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { nobody } from '../apps/agent/src/enrich/process.ts';
import { createRules } from '../apps/agent/src/redact/rules.ts';
import { Batcher } from '../apps/agent/src/ship/batcher.ts';
import { type AgentMessage, type HubMessage, LINK_VERSION } from '../packages/contract/src/index.ts';
import type { Entry } from '../packages/model/src/index.ts';
import { aRandomEntry, idOf, START_MICROS } from './store.ts';

export type ToSender = { readonly prepare: number } | { readonly sendTo: string };
export type FromSender = { readonly prepared: number } | { readonly sent: number; readonly seconds: number };

/** Entries made once; they come again and again with new ids and times. */
const POOL = 20_000;
/** Batches an agent has on their way at once. */
const WINDOW = 32;
const SEQUENCE_BYTES = 8;
/** So few that the batcher never has too many to compress. */
const FLUSH_EVERY = 5_000;

const pool = Array.from({ length: POOL }, (_, n) => aRandomEntry(n, POOL));
function entryAt(n: number): Entry {
  const timestamp = START_MICROS + n * 1000;
  return { ...(pool[n % POOL] as Entry), id: idOf(timestamp), timestamp };
}

async function framesOf(count: number): Promise<readonly Buffer[]> {
  const frames: Buffer[] = [];
  const batcher = new Batcher(createRules({ defaults: false, rules: [] }).rules, async (payload) => {
    const frame = Buffer.allocUnsafe(SEQUENCE_BYTES + payload.length);
    frame.writeBigUInt64BE(BigInt(frames.length + 1));
    frame.set(payload, SEQUENCE_BYTES);
    frames.push(frame);
  });
  for (let n = 0; n < count; n++) {
    batcher.add(Buffer.from(JSON.stringify(entryAt(n))), nobody);
    if (n % FLUSH_EVERY === FLUSH_EVERY - 1) await batcher.flush();
  }
  await batcher.flush();
  return frames;
}

/** Resolves with the seconds from the first frame to the last acknowledgement. */
async function send(url: string, frames: readonly Buffer[]): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/agent`);
  await once(socket, 'open');
  const hello: AgentMessage = {
    type: 'hello',
    linkVersion: LINK_VERSION,
    version: 'bench',
    node: 'node-1',
    instance: randomUUID(),
    source: { kind: 'live', name: 'bench' },
  };
  const done = Promise.withResolvers<number>();
  let started = 0;
  let sent = 0;
  let acknowledged = 0;
  const pump = () => {
    for (; sent < frames.length && sent - acknowledged < WINDOW; sent++)
      socket.send(frames[sent] as Buffer<ArrayBuffer>);
  };
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data)) as HubMessage;
    if (message.type === 'welcome') started = performance.now();
    if (message.type === 'ack') acknowledged = message.seq;
    if (message.type === 'refused' || message.type === 'error') done.reject(new Error(message.message));
    if (acknowledged === frames.length) done.resolve((performance.now() - started) / 1000);
    else if (started > 0) pump();
  };
  socket.onclose = () => done.reject(new Error('the hub closed the link'));
  socket.send(JSON.stringify(hello));
  const seconds = await done.promise;
  socket.onclose = null;
  socket.close();
  return seconds;
}

const tell = (message: FromSender) => process.send?.(message);
let frames: readonly Buffer[] = [];
let prepared = 0;
async function obey(message: ToSender): Promise<void> {
  if ('prepare' in message) {
    prepared = message.prepare;
    frames = await framesOf(prepared);
    tell({ prepared });
  } else tell({ sent: prepared, seconds: await send(message.sendTo, frames) });
}
process.on('message', (message: ToSender) => {
  obey(message).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
