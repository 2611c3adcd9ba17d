/**
 * A thousand connections at once over a network that loses, doubles, delays and cuts: nothing throws, memory stays
 * bounded, and every call that no loss touched is found.
 */

import { expect, test } from 'vitest';
import type { Packet } from '../packet/packet.ts';
import { dissectors } from '../protocols/registry.ts';
import type { Call } from './call.ts';
import { createEngine } from './engine.ts';
import { WireScript } from './testing/wire-script.ts';

const FLOWS = 1000;
const CALLS = 3;

/** mulberry32: the same storm for the same seed. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Planned {
  readonly packet: Packet;
  /** The call whose bytes the packet carries; empty for the goodbye. */
  readonly call: string;
}

/** Requests and responses of one connection, each cut into one to three segments. */
function conversation(flow: number, next: () => number): Planned[] {
  const wire = new WireScript({
    clientIp: [10, 1, flow >> 8, flow & 255],
    clientPort: 20_000 + flow,
    serverPort: 8000 + (flow % 7),
  });
  // Without its SYN a stream begins wherever it is first seen: a lost handshake touches the first call.
  const planned: Planned[] = wire.handshake().map((packet) => ({ packet, call: `/f${flow}-0` }));
  const send = (side: 'client' | 'server', text: string, call: string) => {
    for (let start = 0; start < text.length; ) {
      const end = start + Math.max(1, Math.ceil(next() * text.length));
      planned.push({ packet: wire.tcp(side, { data: text.slice(start, end) }), call });
      start = end;
    }
  };
  for (let index = 0; index < CALLS; index++) {
    const call = `/f${flow}-${index}`;
    send('client', `GET ${call} HTTP/1.1\r\nHost: storm\r\n\r\n`, call);
    send('server', `HTTP/1.1 200 OK\r\nContent-Length: ${call.length}\r\n\r\n${call}`, call);
  }
  return [...planned, ...wire.bye().map((packet) => ({ packet, call: '' }))];
}

/** All connections interleaved, each in its own order, times rising by 20 µs. */
function interleave(flows: readonly Planned[][], next: () => number): Planned[] {
  const waiting = flows.map((packets) => ({ packets, at: 0 }));
  const mixed: Planned[] = [];
  while (waiting.length > 0) {
    const index = Math.floor(next() * waiting.length);
    const flow = waiting[index];
    const planned = flow?.packets[flow.at++];
    if (planned === undefined) waiting.splice(index, 1);
    else mixed.push(planned);
  }
  for (const [index, { packet }] of mixed.entries()) packet.at = 1_000_000 + 20 * index;
  return mixed;
}

interface Storm {
  readonly lose: number;
  readonly double: number;
  readonly delay: number;
  readonly cut: number;
}

/** What is left of the plan, and the calls that lost bytes. */
function weather(planned: readonly Planned[], storm: Storm, next: () => number) {
  const touched = new Set<string>();
  const arrivals: { readonly packet: Packet; readonly order: number }[] = [];
  for (const [index, { packet, call }] of planned.entries()) {
    const { at } = packet;
    if (next() < storm.lose) {
      touched.add(call);
      continue;
    }
    if (next() < storm.cut && packet.payloadEnd - packet.payloadStart > 1) {
      packet.payloadEnd--;
      touched.add(call);
    }
    const late = next() < storm.delay ? Math.ceil(next() * 200) : 0;
    arrivals.push({ packet, order: index + late });
    if (next() < storm.double)
      arrivals.push({ packet: Object.assign(Object.create(packet), { at }), order: index + late + 3 });
  }
  arrivals.sort((a, b) => a.order - b.order);
  return { packets: arrivals.map(({ packet }) => packet), touched };
}

test.each<[string, Storm]>([
  ['calm', { lose: 0, double: 0, delay: 0, cut: 0 }],
  ['doubled and out of order', { lose: 0, double: 0.1, delay: 0.2, cut: 0 }],
  ['losing one packet in fifty', { lose: 0.02, double: 0, delay: 0, cut: 0 }],
  ['all of it', { lose: 0.02, double: 0.05, delay: 0.1, cut: 0.01 }],
])('a storm %s', (_, storm) => {
  const next = random(4711);
  const plan = interleave(
    Array.from({ length: FLOWS }, (_flow, index) => conversation(index, next)),
    next,
  );
  const { packets, touched } = weather(plan, storm, next);
  const whole = new Set<string>();
  const onCall = (call: Call) => {
    const { request, response } = call.toEntry();
    // Paired with its own answer, not with another call's.
    if (request?.path !== undefined && response?.body?.text === request.path) whole.add(request.path);
  };
  const engine = createEngine({ onCall, dissectors });
  let peak = 0;
  for (const packet of packets) {
    engine.packet(packet);
    peak = Math.max(peak, engine.budget.used);
  }
  engine.end();
  const untouched = [...new Set(plan.map(({ call }) => call))].filter((call) => call !== '' && !touched.has(call));
  expect(untouched.filter((call) => !whole.has(call))).toEqual([]);
  expect([...engine.counters.faults.keys()].filter((fault) => fault.includes('bug'))).toEqual([]);
  expect(peak).toBeLessThan(8 * 1024 * 1024);
  expect(engine.budget.used).toBe(0);
  expect(engine.flows).toBe(0);
});
