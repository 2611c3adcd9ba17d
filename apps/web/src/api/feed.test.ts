import type { EntryRow } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { type Answer, type Api, ApiError } from './api.ts';
import { EntryFeed } from './feed.ts';

const row = (id: number): EntryRow => ({
  id: String(id),
  timestamp: id * 1000,
  node: 'n',
  protocol: 'http',
  protocols: ['http'],
  method: 'GET',
  endpoint: 'GET /',
  summary: `GET /${id}`,
  status: 200,
  error: false,
  latency: 1,
  src: { ip: '127.0.0.1', port: 1 },
  dst: { ip: '127.0.0.1', port: 2 },
  requestSize: 1,
  responseSize: 1,
});

interface Asked {
  readonly before?: string;
  readonly seconds?: number;
}

interface GivenPage {
  readonly rows: number[];
  readonly next: string | null;
  readonly complete?: boolean;
}

/** A feed over pages and messages given by hand; frames pass at once. */
function aFeed(pages: Record<string, GivenPage>, runsOutOfTime: (query: Asked) => boolean = () => false) {
  const asked: Asked[] = [];
  const api: Api = {
    ask: () => Promise.reject(new Error('the feed asks for entries only')),
    call: async (_name, options) => {
      const query = options?.query as Asked;
      asked.push(query);
      if (runsOutOfTime(query)) throw new ApiError('KS_QUERY_TIMEOUT', 'too slow');
      const page = pages[query.before ?? 'newest'];
      // A page nobody gave is never answered.
      if (page === undefined) return new Promise(() => undefined);
      const rest = { complete: true, scanned: 10, elapsedMillis: 0 };
      return { ...rest, ...page, rows: page.rows.map(row) } as unknown as Answer<never>;
    },
  };
  const sent: unknown[] = [];
  const listeners = new Map<string, (event: unknown) => void>();
  let sockets = 0;
  const feed = new EntryFeed({
    api,
    nextFrame: (flush) => flush(),
    openSocket: () => {
      sockets += 1;
      return {
        send: (text: unknown) => void sent.push(JSON.parse(String(text))),
        close: () => undefined,
        addEventListener: (name: string, listener: unknown) =>
          void listeners.set(name, listener as (event: unknown) => void),
      };
    },
  });
  const receive = (message: unknown) => listeners.get('message')?.({ data: JSON.stringify(message) });
  const rows = (ids: number[], matched: number) =>
    receive({
      type: 'rows',
      rows: ids.map(row),
      position: 'e:1',
      counts: { seen: matched, matched, sent: ids.length, skipped: matched - ids.length },
    });
  const event = (name: string) => listeners.get(name)?.({});
  return { feed, asked, sent, rows, receive, event, opened: () => sockets };
}

const ids = (feed: EntryFeed) => feed.rows.toArray().map(({ id }) => Number(id));

const joined = { type: 'state', mode: 'all', position: 'e:0' };

test('the stored page stands before the stream, and the seam has no duplicates', async () => {
  const { feed, rows, receive } = aFeed({ newest: { rows: [3, 2, 1], next: null } });
  feed.open({ query: '', range: { kind: 'live' } });
  receive(joined);
  rows([3, 4], 2);
  await expect.poll(() => feed.snapshot().loading).toBe(null);
  rows([4, 5], 4);
  expect(ids(feed)).toEqual([1, 2, 3, 4, 5]);
});

test('the page is asked for when the stream is joined, so that nothing falls between them', async () => {
  const pages = { newest: { rows: [1], next: null } };
  const { feed, rows, receive } = aFeed(pages);
  feed.open({ query: '', range: { kind: 'live' } });
  pages.newest = { rows: [2, 1], next: null };
  receive(joined);
  rows([3], 1);
  await expect.poll(() => ids(feed)).toEqual([1, 2, 3]);
});

test('without a stream the page stands alone, and is read again when the stream is there', async () => {
  const pages = { newest: { rows: [1], next: null } };
  const { feed, rows, receive, event, opened } = aFeed(pages);
  feed.open({ query: '', range: { kind: 'live' } });
  event('close');
  await expect.poll(() => ids(feed)).toEqual([1]);
  expect(feed.snapshot().connection).toBe('reconnecting');
  pages.newest = { rows: [2, 1], next: null };
  await expect.poll(() => opened()).toBe(2);
  receive(joined);
  rows([2, 3], 2);
  await expect.poll(() => ids(feed)).toEqual([1, 2, 3]);
});

test('calls whose names came later are replaced where they are, added or taken out', async () => {
  const { feed, rows, receive } = aFeed({ newest: { rows: [3, 2], next: null } });
  feed.open({ query: '', range: { kind: 'live' } });
  receive(joined);
  await expect.poll(() => feed.snapshot().loading).toBe(null);
  rows([4, 6], 2);
  const told: string[] = [];
  feed.onAmended((amended) => told.push(...amended));
  const named = (id: number) => ({ ...row(id), src: { ip: '10.0.0.1', port: 1, name: 'late' } });
  // 5 matches only now; 1 is older than what is shown; 4 was another's second sighting.
  receive({ type: 'amended', rows: [named(1), named(3), named(5)], removed: ['4'] });
  expect(ids(feed)).toEqual([2, 3, 6, 5]);
  expect(feed.rows.toArray().map(({ src }) => src.name)).toEqual([undefined, 'late', undefined, 'late']);
  expect(told).toEqual(['1', '3', '5', '4']);
  feed.setPaused(true);
  receive({ type: 'amended', rows: [named(6), named(7)], removed: [] });
  expect(ids(feed), 'a paused list gets no new rows').toEqual([2, 3, 6, 5]);
  expect(feed.rows.at(feed.rows.start + 2)?.src.name).toBe('late');
});

test.each([true, false])('a query the stream refuses (fatal: %s) ends the loading with its reason', (fatal) => {
  const { feed, receive } = aFeed({ newest: { rows: [], next: null } });
  feed.open({ query: 'nope', range: { kind: 'live' } });
  receive({ type: 'error', code: 'KS_BAD_MESSAGE', message: 'no', fatal });
  expect(feed.snapshot()).toMatchObject({ loading: null, connection: 'closed', error: { message: 'no' } });
});

test('older pages go in front', async () => {
  const { feed } = aFeed({ newest: { rows: [6, 5], next: '5' }, '5': { rows: [4, 3], next: null } });
  feed.open({ query: '', range: { kind: 'last', seconds: 60 } });
  await expect.poll(() => feed.snapshot().hasOlder).toBe(true);
  feed.loadOlder();
  await expect.poll(() => ids(feed)).toEqual([3, 4, 5, 6]);
  expect(feed.snapshot().hasOlder).toBe(false);
});

test('counts stay exact when rows were left out', async () => {
  const { feed, rows } = aFeed({ newest: { rows: [], next: null } });
  feed.open({ query: '', range: { kind: 'live' } });
  rows([1, 2], 10);
  expect(feed.snapshot().counts).toMatchObject({ matched: 10, sent: 2, skipped: 8 });
});

test('a new connection resumes from the last position and keeps a pause', async () => {
  const { feed, rows, sent, receive, event } = aFeed({ newest: { rows: [], next: null } });
  feed.open({ query: 'http', range: { kind: 'live' } });
  event('open');
  rows([1], 1);
  feed.setPaused(true);
  event('open');
  receive({ type: 'state', mode: 'all', position: 'e:1', resumed: 'lost' });
  expect(sent).toEqual([
    { type: 'subscribe', query: 'http' },
    { type: 'pause' },
    { type: 'subscribe', query: 'http', resumeFrom: 'e:1' },
    { type: 'pause' },
  ]);
  expect(feed.snapshot().gap).toBe(true);
});

test('a message of another version is dropped, the stream stays', async () => {
  const { feed, rows, receive } = aFeed({ newest: { rows: [], next: null } });
  feed.open({ query: '', range: { kind: 'live' } });
  receive(joined);
  await expect.poll(() => feed.snapshot().loading).toBe(null);
  receive({ type: 'mystery' });
  rows([1], 1);
  expect(ids(feed)).toEqual([1]);
});

test('a search that has to look at everything tells how far it is, can be stopped, and goes on', async () => {
  const pages: Record<string, { rows: number[]; next: string | null; complete?: boolean }> = {
    newest: { rows: [90], next: String(80n << 12n), complete: false },
    [String(80n << 12n)]: { rows: [], next: String(70n << 12n), complete: false },
  };
  const { feed, asked } = aFeed(pages);
  feed.open({ query: 'rare', range: { kind: 'last', seconds: 60 } });
  // The third step is not answered yet.
  await expect.poll(() => feed.snapshot().searched).toEqual({ calls: 20, back: 70 });
  expect([feed.snapshot().loading, ids(feed)]).toEqual(['first', [90]]);
  feed.stopSearch();
  expect(feed.snapshot()).toMatchObject({ loading: null, isStopped: true, hasOlder: true });
  feed.loadOlder();
  expect(feed.snapshot().loading, 'scrolling does not undo a stop').toBeNull();
  pages[String(70n << 12n)] = { rows: [60], next: null };
  feed.goOn();
  await expect.poll(() => ids(feed)).toEqual([60, 90]);
  expect(feed.snapshot()).toMatchObject({ loading: null, isStopped: false, hasOlder: false });
  expect(asked.every(({ seconds }) => seconds === 2)).toBe(true);
});

test('a step too short to look at anything is taken again with all the time there is', async () => {
  const { feed, asked } = aFeed({ newest: { rows: [1], next: null } }, ({ seconds }) => seconds !== undefined);
  feed.open({ query: 'slow', range: { kind: 'last', seconds: 60 } });
  await expect.poll(() => ids(feed)).toEqual([1]);
  expect(asked.map(({ seconds }) => seconds)).toEqual([2, undefined]);
});
