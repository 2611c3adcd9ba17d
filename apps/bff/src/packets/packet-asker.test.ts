import { type HubMessage, PACKET_WINDOW } from '@kubeshark/contract';
import { expect, test, vi } from 'vitest';
import { PacketAsker } from './packet-asker.ts';

const wanted = { until: 1, connections: [{ id: 'tcp-10.0.0.1:1-10.0.0.2:2-3', since: 0 }] };

/** An agent at the other end whose answers the test gives, and what the hub sent it. */
function anAgent() {
  const sent: HubMessage[] = [];
  return { sent, asker: new PacketAsker((message) => sent.push(message)) };
}

async function texts(pieces: AsyncIterable<Uint8Array>): Promise<string[]> {
  const all: string[] = [];
  for await (const piece of pieces) all.push(Buffer.from(piece).toString());
  return all;
}

test('what is found comes first, then each piece in order, one more asked for with each that is taken', async () => {
  const { sent, asker } = anAgent();
  const asked = asker.ask(wanted);
  asker.hear({ type: 'packets-found', request: 1, missing: [0] });
  const { missing, pieces } = await asked;
  for (const text of ['a', 'b']) asker.piece(1, Buffer.from(text));
  asker.hear({ type: 'packets-end', request: 1, packets: 2 });
  expect([missing, await texts(pieces)]).toEqual([[0], ['a', 'b']]);
  const next = { type: 'packets-next', request: 1 };
  expect(sent).toEqual([{ type: 'packets', request: 1, wanted }, next, next]);
});

test.each([
  [
    'says why there are none',
    (asker: PacketAsker) => asker.hear({ type: 'packets-end', request: 1, packets: 0, reason: 'no ring' }),
    'no ring',
  ],
  ['goes away', (asker: PacketAsker) => asker.close(), 'the agent has gone'],
  [
    'ends without an answer',
    (asker: PacketAsker) => asker.hear({ type: 'packets-end', request: 1, packets: 0 }),
    'the agent ended without an answer',
  ],
])('an agent that %s ends the asking with a reason', async (_name, answer, reason) => {
  const { asker } = anAgent();
  const asked = asker.ask(wanted);
  answer(asker);
  await expect(asked).rejects.toThrow(reason);
});

test('an agent that sends more than it was asked for fills no memory: its request ends', async () => {
  const { asker } = anAgent();
  const asked = asker.ask(wanted);
  asker.hear({ type: 'packets-found', request: 1, missing: [] });
  const { pieces } = await asked;
  for (let n = 0; n <= PACKET_WINDOW; n++) asker.piece(1, Buffer.from('x'));
  asker.piece(7, Buffer.from('of a request nobody made'));
  await expect(texts(pieces)).rejects.toThrow('the agent sent more than it was asked for');
});

test('whoever stops reading, or goes away, ends the request at the agent', async () => {
  const { sent, asker } = anAgent();
  const first = asker.ask(wanted);
  asker.hear({ type: 'packets-found', request: 1, missing: [] });
  const { pieces } = await first;
  asker.piece(1, Buffer.from('x'));
  for await (const _ of pieces) break;
  expect(sent.at(-1)).toEqual({ type: 'packets-stop', request: 1 });

  const gone = new AbortController();
  const second = asker.ask(wanted, gone.signal);
  gone.abort();
  await expect(second).rejects.toThrow('nobody waits');
  expect(sent.at(-1)).toEqual({ type: 'packets-stop', request: 2 });
});

test('an agent that says nothing is not waited for without end', async () => {
  vi.useFakeTimers();
  try {
    const { asker, sent } = anAgent();
    const refused = expect(asker.ask(wanted)).rejects.toThrow('the agent said nothing for 180 s');
    await vi.advanceTimersByTimeAsync(180_000);
    await refused;
    expect(sent.at(-1)).toEqual({ type: 'packets-stop', request: 1 });
  } finally {
    vi.useRealTimers();
  }
});

test('one agent is not asked for more than eight things at once', async () => {
  const { asker } = anAgent();
  const asked = Array.from({ length: 8 }, () => asker.ask(wanted));
  await expect(asker.ask(wanted)).rejects.toThrow('too often');
  asker.close();
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(Array(8).fill('rejected'));
});
