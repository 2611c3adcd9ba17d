import type { LiveServerMessage } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LiveBus } from '../../live-bus/live-bus.ts';
import { Subscription } from './subscription.ts';

/** A client whose backlog the test sets. */
class Client {
  backlog = 0;
  readonly messages: LiveServerMessage[] = [];

  send(text: string): void {
    this.messages.push(JSON.parse(text) as LiveServerMessage);
  }

  get rows(): string[] {
    return this.messages.flatMap((message) => (message.type === 'rows' ? message.rows.map(({ id }) => id) : []));
  }
}

let lastId = 0;
const some = (count: number, status = 200) =>
  Array.from({ length: count }, () => anHttpEntry(0, { id: String(++lastId), status }));

function open(matches: (entry: { status: unknown }) => boolean = () => true, bus = new LiveBus()) {
  const client = new Client();
  const subscription = new Subscription({ bus, client, matches });
  bus.subscribe((items) => subscription.offer(items));
  return { bus, client, subscription };
}

test('rows come in order, in batches of at most 500, with exact counts', () => {
  const { bus, client, subscription } = open(({ status }) => status === 500);
  const failing = some(700, 500);
  bus.publish([...some(100), ...failing]);
  subscription.flush(0);
  subscription.flush(50);

  expect(client.messages.map((message) => message.type === 'rows' && message.rows.length)).toEqual([500, 200]);
  expect(client.rows).toEqual(failing.map(({ id }) => id));
  expect(client.messages.at(-1)).toMatchObject({ counts: { seen: 800, matched: 700, sent: 700, skipped: 0 } });
});

test('a call that is known better now is told to those it concerns, and nobody else', () => {
  const bus = new LiveBus();
  const { client, subscription } = open(({ status }) => status === 500, bus);
  const [before, second, other] = some(3) as [Entry, Entry, Entry];
  const failed = (entry: Entry): Entry => ({ ...entry, status: 500 });
  bus.publish([before, failed(second), other]);
  bus.onCorrection((corrections) => subscription.correct(corrections));
  bus.correct([
    { before, after: failed(before) },
    { before: failed(second), after: undefined },
    { before: other, after: other },
  ]);
  expect(client.messages).toMatchObject([{ type: 'amended', rows: [{ id: before.id }], removed: [second.id] }]);
  expect(bus.find(before.id)?.status).toBe(500);
  expect(bus.find(second.id)).toBeUndefined();
  subscription.flush(0);
  expect(client.rows, 'what is removed is not sent any more').toEqual([]);
  expect(subscription.counts).toEqual({ seen: 3, matched: 1, sent: 0, skipped: 1 });
  bus.correct([{ before: other, after: undefined }]);
  expect(client.messages, 'the ids of what a client may not see are not told').toHaveLength(1);
});

test('a stream begins with what no page of the store has yet', () => {
  const bus = new LiveBus();
  const [stored, waiting, other, late] = [some(2), some(2), some(1), some(1)];
  bus.publish(stored);
  bus.publish(waiting);
  bus.publish(other, 'store');
  bus.stored(stored.map(({ id }) => id));
  const { client, subscription } = open(() => true, bus);
  subscription.begin();
  const { position } = subscription;
  bus.publish(late);
  subscription.flush(0);
  expect(client.rows).toEqual([...waiting, ...late].map(({ id }) => id));
  expect(position).toBe(`${bus.epoch}:2`);
});

test('what does not match is counted once a second, without rows', () => {
  const { bus, client, subscription } = open(() => false);
  bus.publish(some(3));
  subscription.flush(1_000);
  bus.publish(some(3));
  subscription.flush(1_050);
  subscription.flush(2_000);
  subscription.flush(3_000);
  expect(client.messages).toMatchObject([
    { type: 'counts', counts: { seen: 3, matched: 0 } },
    { type: 'counts', counts: { seen: 6, matched: 0 } },
  ]);
});

test('a client that falls behind gets a sample, then counts only, then every row again', () => {
  const { bus, client, subscription } = open();
  const modes: string[] = [];
  const step = (now: number, backlog: number) => {
    client.backlog = backlog;
    bus.publish(some(100));
    subscription.flush(now);
    modes.push(subscription.mode);
  };
  step(0, 0);
  step(50, 300_000);
  step(100, 3_000_000);
  step(150, 3_000_000);
  step(200, 0);
  step(1_250, 0);
  step(1_300, 0);

  expect(modes).toEqual(['all', 'sampled', 'counts', 'counts', 'sampled', 'all', 'all']);
  const states = client.messages.filter(({ type }) => type === 'state');
  expect(states).toMatchObject([{ mode: 'sampled' }, { mode: 'counts' }, { mode: 'sampled' }, { mode: 'all' }]);
  const { matched, sent, skipped } = subscription.counts;
  expect(matched).toBe(700);
  expect(sent).toBe(client.rows.length);
  expect(sent + skipped).toBe(matched);
});

test('a client that reads nothing for seconds gets counts only, and in the end not even those', () => {
  const { bus, client, subscription } = open();
  client.backlog = 300_000;
  for (let now = 0; now <= 5_000; now += 50) {
    bus.publish(some(1));
    subscription.flush(now);
  }
  expect(subscription.mode).toBe('counts');
  client.backlog = 5_000_000;
  const before = client.messages.length;
  for (let now = 6_000; now <= 9_000; now += 50) {
    bus.publish(some(1));
    subscription.flush(now);
  }
  expect(client.messages).toHaveLength(before);
});

test('a reconnect goes on after the last row, without gap or duplicate', () => {
  const { bus, client, subscription } = open();
  bus.publish(some(600));
  subscription.flush(0);
  const { position } = client.messages.at(-1) as Extract<LiveServerMessage, { type: 'rows' }>;
  bus.publish(some(50));

  const again = open(undefined, bus);
  expect(again.subscription.resumeFrom(position)).toBe('exact');
  bus.publish(some(5));
  again.subscription.flush(0);
  const everything = bus.after(0)!.map(({ entry }) => entry.id);
  expect([...client.rows, ...again.client.rows]).toEqual(everything);
});

test.each([
  ['another run of the hub', 'otherepoch:5'],
  ['a sequence that has not happened', undefined],
])('a position of %s cannot be resumed, and says so', (_name, position) => {
  const { bus, subscription } = open();
  expect(subscription.resumeFrom(position ?? `${bus.epoch}:99`)).toBe('lost');
});

test('a pause longer than the memory skips what is forgotten, exactly', () => {
  const bus = new LiveBus({ maxItems: 100 });
  const { client, subscription } = open(undefined, bus);
  subscription.pause();
  bus.publish(some(300));
  subscription.resume();
  expect(client.messages.at(-1)).toMatchObject({ type: 'state', mode: 'all', resumed: 'lost' });
  bus.publish(some(1));
  subscription.flush(0);
  expect(subscription.counts).toEqual({ seen: 301, matched: 301, sent: 1, skipped: 300 });
});

const action = fc.oneof(
  fc.record({ kind: fc.constant('publish' as const), count: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('flush' as const), backlog: fc.constantFrom(0, 0, 300_000, 3_000_000) }),
  fc.record({ kind: fc.constantFrom('pause' as const, 'resume' as const) }),
);

test('whatever happens: rows rise, none comes twice, and every match is sent, skipped or still waits', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const { bus, client, subscription } = open(({ status }) => status === 500);
      let now = 0;
      const flush = () => {
        now += 50;
        subscription.flush(now);
      };
      for (const step of actions) {
        if (step.kind === 'publish') bus.publish([...some(step.count, 500), ...some(1)]);
        else if (step.kind === 'flush') {
          client.backlog = step.backlog;
          flush();
        } else subscription[step.kind]();
      }
      subscription.resume();
      client.backlog = 0;
      for (let calm = 0; calm < 60; calm++) flush();

      const { seen, matched, sent, skipped } = subscription.counts;
      expect(seen).toBe(bus.sequence);
      expect(sent).toBe(client.rows.length);
      expect(sent + skipped).toBe(matched);
      const order = client.rows.map(Number);
      expect(order).toEqual([...new Set(order)].toSorted((a, b) => a - b));
    }),
  );
});
