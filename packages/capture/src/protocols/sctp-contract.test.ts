/**
 * How SCTP carries messages never changes what is found: in chunks of any size, several to a packet or one to several, as DATA or
 * I-DATA, side by side, in another order. Held against every recorded association, and against the conversations of what also runs
 * over SCTP, carried by it.
 */

import type { Entry } from '@kubeshark/model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEngine } from '../dissect/engine.ts';
import type { Turn } from '../dissect/testing/conversation.ts';
import { type Conversation, conversationsOf, fixtures } from '../dissect/testing/fixtures.ts';
import { WireScript } from '../dissect/testing/wire-script.ts';
import type { Packet } from '../packet/packet.ts';
import { BEGINNING, DATA, ENDING, I_DATA, INIT, INIT_ACK, SHUTDOWN_COMPLETE } from '../packet/sctp.ts';
import { dissectors } from './registry.ts';

/** How a conversation is carried; lists are gone through again and again. */
interface Carriage {
  readonly isInterleaved: boolean;
  /** Bytes of a message in one chunk. */
  readonly sizes: readonly number[];
  /** Chunks in one packet. */
  readonly bundles: readonly number[];
  /** Of the packets of one side in a row: how they are sorted. */
  readonly order: readonly number[];
}

/** A Diameter message has its length in its second to fourth byte (RFC 6733 §3). */
function diameterMessages(turns: readonly Turn[]): Turn[] {
  const waiting = { client: Buffer.alloc(0), server: Buffer.alloc(0) };
  return turns.flatMap(({ side, bytes, ...rest }) => {
    let buffer = Buffer.concat([waiting[side], bytes]);
    const messages: Turn[] = [];
    while (buffer.length >= 4 && buffer.length >= buffer.readUIntBE(1, 3)) {
      const length = buffer.readUIntBE(1, 3);
      messages.push({ side, bytes: buffer.subarray(0, length), ...rest });
      buffer = buffer.subarray(length);
    }
    waiting[side] = buffer;
    return messages;
  });
}

const subjects = fixtures.flatMap((fixture) =>
  conversationsOf(fixture).flatMap((conversation, index): [string, Conversation][] => {
    const name = `${fixture.name} #${index}`;
    if (conversation.transport === 'sctp') return [[name, conversation]];
    if (fixture.protocol !== 'diameter') return [];
    return [[`${name} over SCTP`, { ...conversation, transport: 'sctp', turns: diameterMessages(conversation.turns) }]];
  }),
);

function chunk(type: number, flags: number, value: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.set([type, flags]);
  bytes.writeUInt16BE(4 + value.length, 2);
  bytes.set(value, 4);
  return bytes;
}

function init(type: number, tag: number): Uint8Array {
  const value = Buffer.alloc(16);
  value.writeUInt32BE(tag);
  value.writeUInt32BE(1, 12);
  return chunk(type, 0, value);
}

/** Some messages, one behind the other, as the chunks that carry them; interleaved ones take turns. */
function chunksOf(messages: readonly Uint8Array[], { isInterleaved, sizes }: Carriage, next: Numbers): Uint8Array[] {
  const fragments = messages.map((bytes) => {
    const message = next.message++;
    const parts: { readonly flags: number; readonly bytes: Uint8Array; readonly head: readonly number[] }[] = [];
    for (let start = 0; start < bytes.length; ) {
      const end = Math.min(bytes.length, start + Math.max(1, sizes[next.size++ % sizes.length] ?? 1));
      const flags = (start === 0 ? BEGINNING : 0) | (end === bytes.length ? ENDING : 0);
      parts.push({ flags, bytes: bytes.subarray(start, end), head: isInterleaved ? [message, parts.length] : [0] });
      start = end;
    }
    return parts;
  });
  const longest = Math.max(...fragments.map(({ length }) => length));
  const inTurn = isInterleaved
    ? Array.from({ length: longest }, (_, n) => fragments.flatMap((parts) => parts[n] ?? [])).flat()
    : fragments.flat();
  return inTurn.map(({ flags, bytes, head }) => {
    const words = Buffer.alloc(8 + 4 * head.length);
    words.writeUInt32BE(next.tsn++);
    for (const [place, word] of head.entries()) words.writeUInt32BE(word, 8 + 4 * place);
    return chunk(isInterleaved ? I_DATA : DATA, flags, Buffer.concat([words, bytes]));
  });
}

interface Numbers {
  tsn: number;
  message: number;
  size: number;
}

function packetsOf({ clientPort, serverPort, turns }: Conversation, carriage: Carriage): Packet[] {
  const wire = new WireScript({ clientPort, serverPort });
  const { bundles, order } = carriage;
  const numbers = { client: { tsn: 1, message: 0, size: 0 }, server: { tsn: 1, message: 0, size: 0 } };
  const packets = [wire.sctp('client', init(INIT, 1)), wire.sctp('server', init(INIT_ACK, 2))];
  let bundle = 0;
  for (let first = 0; first < turns.length; ) {
    const { side } = turns[first] ?? { side: 'client' };
    let last = first;
    while (turns[last + 1]?.side === side) last++;
    const messages = turns.slice(first, last + 1).map(({ bytes }) => bytes);
    const chunks = chunksOf(messages, carriage, numbers[side]);
    const sent: Packet[] = [];
    while (chunks.length > 0)
      sent.push(wire.sctp(side, ...chunks.splice(0, Math.max(1, bundles[bundle++ % bundles.length] ?? 1))));
    const ranks = sent.map((_, n) => n + (order[n % order.length] ?? 0));
    packets.push(
      ...sent
        .map((packet, n) => ({ packet, rank: ranks[n] ?? n }))
        .toSorted((a, b) => a.rank - b.rank)
        .map(({ packet }) => packet),
    );
    first = last + 1;
  }
  // Their order is when they came; the times go with it, or a hole would be waited for too long.
  const times = packets.map(({ at }) => at).toSorted((a, b) => a - b);
  for (const [place, packet] of packets.entries()) packet.at = times[place] ?? 0;
  return [...packets, wire.sctp('client', chunk(SHUTDOWN_COMPLETE, 0, new Uint8Array(0)))];
}

/** What was asked and answered; when, and in how many packets, is the carriage's. */
function found(conversation: Conversation, carriage: Carriage): Partial<Entry>[] {
  const entries: Entry[] = [];
  const engine = createEngine({ dissectors, onCall: (call) => entries.push(call.toEntry()) });
  for (const packet of packetsOf(conversation, carriage)) engine.packet(packet);
  engine.end();
  expect(engine.budget.used).toBe(0);
  expect([...engine.counters.faults.keys()]).toEqual([]);
  return entries
    .map(({ protocols, summary, status, error, request, response }) => {
      const { latency: _, ...answer } = response ?? {};
      return { protocols, summary, status, error, request, response: response && { ...answer, size: response.size } };
    })
    .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

const plain: Carriage = { isInterleaved: false, sizes: [60_000], bundles: [1], order: [0] };
const some = (max: number, min = 1) => fc.array(fc.integer({ min, max }), { minLength: 1, maxLength: 12 });
/** Smaller pieces of these messages would be more than `MAX_HELD_CHUNKS` that wait for their last one. */
const SMALLEST_PIECE = 8;
const carriage = fc.record({
  isInterleaved: fc.boolean(),
  sizes: some(400, SMALLEST_PIECE),
  bundles: some(5),
  order: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 12 }),
});

test('there are associations of several kinds', () => {
  expect(subjects.length).toBeGreaterThan(2);
});

test.each(subjects)('%s: how it is carried never changes what is found', (_name, conversation) => {
  const whole = found(conversation, plain);
  expect(whole.length).toBeGreaterThan(0);
  fc.assert(
    fc.property(carriage, (how) => {
      expect(found(conversation, how)).toEqual(whole);
    }),
    { numRuns: 60 },
  );
});
