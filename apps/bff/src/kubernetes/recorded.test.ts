import { expect, onTestFinished, test, vi } from 'vitest';
import { ApiServer } from './api-server.ts';
import { Cluster } from './cluster.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';
import { aPod, aService } from './testing/objects.ts';
import { readRecording } from './testing/recorded.ts';
import { RecordedApiServer } from './testing/recorded-api-server.ts';
import { scenario } from './testing/scenario.ts';

const recording = readRecording();
const patience = { timeout: 20_000, interval: 10 };

test('what a real API server said gives the right names at each time', async () => {
  expect(
    recording.steps.map(({ name }) => name),
    'record it again: pnpm test:kube --record',
  ).toEqual(scenario.map(({ name }) => name));
  const server = await RecordedApiServer.start(recording);
  onTestFinished(() => server.close());
  let step = 0;
  const timeOf = (number: number) => recording.steps[number]?.at ?? 0;
  const cluster = new Cluster({
    server: await ApiServer.connect({ url: server.url }),
    retryMillis: 20,
    now: () => timeOf(step),
  });
  onTestFinished(() => cluster.close());
  const end = (ip: string, at: number) => cluster.names.name({ ip, port: 8080 }, at);
  for (const [number, { name, means, denied }] of scenario.entries()) {
    step = number;
    if (number > 0) server.advance();
    await vi.waitFor(() => {
      for (const [ip, meaning] of Object.entries(means)) {
        const { is, end: named } = end(ip, timeOf(number));
        if (meaning === undefined) expect(is, `${ip}: ${name}`).toBe('unknown');
        else expect(named, name).toMatchObject(meaning);
      }
      const refused = cluster.kinds.filter(({ state }) => state === 'denied').map(({ kind }) => kind);
      expect(refused, name).toEqual(denied);
    }, patience);
  }
  // An address means what it meant when the call took place.
  const moved = scenario.findIndex(({ name }) => name === 'it is moved to another node');
  expect(end('10.1.0.2', timeOf(moved - 1)).end).toMatchObject({ pod: 'cart-abc-2', node: 'node-1' });
  expect(end('10.1.0.2', timeOf(scenario.length - 1)).end).toMatchObject({ pod: 'web-1' });
  expect(end('10.1.0.1', timeOf(0)).end).toMatchObject({ pod: 'cart-abc-1' });
  // One list a kind, one more where the address of endpoint slices is an older one, and one for what was forgotten.
  const retriedNodes = cluster.requests.lists - (7 + 1 + 1);
  expect(retriedNodes).toBeGreaterThan(0);
  expect(cluster.requests.watches).toBe(7 + 2 * 7 + 1);
});

/** Keys and their types, as deep as an answer is the server's own and not an object's. */
const shapeOf = (value: unknown, depth = 2): unknown => {
  if (Array.isArray(value)) return 'list';
  if (typeof value !== 'object' || value === null || depth === 0) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, shapeOf(part, depth - 1)]));
};

/** What was recorded first of these. */
function recorded(what: string, path: RegExp, isWanted: (text: string) => boolean = () => true) {
  for (const { what: done, path: of, parts } of recording.exchanges)
    for (const { text } of parts)
      if (done === what && path.test(of) && isWanted(text)) return JSON.parse(text) as Record<string, unknown>;
  throw new Error(`nothing recorded: ${what} ${path.source}`);
}

async function asked() {
  const fake = await FakeApiServer.start();
  onTestFinished(() => fake.close());
  fake.set('services', aService({ name: 'cart', clusterIP: '10.96.0.20' }));
  fake.set('pods', aPod({ name: 'a', ip: '10.1.0.1' }));
  const get = async (path: string, accept = 'application/json') =>
    (await (await fetch(`${fake.url}${path}`, { headers: { accept } })).json()) as Record<string, unknown>;
  const line = async (path: string, then: () => void) => {
    const answer = await fetch(`${fake.url}${path}`);
    then();
    for await (const chunk of answer.body ?? [])
      return JSON.parse(String(Buffer.from(chunk))) as Record<string, unknown>;
    throw new Error('nothing came');
  };
  return { fake, get, line };
}

const watch = '/api/v1/services?watch=1&resourceVersion=';
const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

test('the fake answers in the shape the real one did', async () => {
  const { fake, get, line } = await asked();
  expect(shapeOf(await get('/api/v1/pods?limit=500'))).toEqual(shapeOf(recorded('list', /\/pods$/)));
  expect(shapeOf(await get('/apis/batch/v1/jobs?limit=500', metadataOnly))).toEqual(
    shapeOf(recorded('list', /\/jobs$/)),
  );
  expect(shapeOf(await line(`${watch}0`, () => undefined), 1)).toEqual(shapeOf(recorded('watch', /services$/), 1));
  const [item] = (await get('/api/v1/pods'))['items'] as object[];
  expect(item, 'an object of a list does not say its kind again').not.toHaveProperty('kind');
  const bookmark = await line(`${watch}9999`, () => fake.bookmark());
  expect(shapeOf(bookmark, 3)).toEqual(
    shapeOf(
      recorded('watch', /services$/, (text) => /BOOKMARK/.test(text)),
      3,
    ),
  );
  fake.compact();
  expect(await line(`${watch}1`, () => undefined)).toEqual(recorded('watch', /pods$/, (text) => /ERROR/.test(text)));
  fake.denied.add('nodes');
  expect(await get('/api/v1/nodes')).toEqual(recorded('list', /nodes$/));
  fake.denied.add('pods');
  expect(await get('/api/v1/pods')).toMatchObject({ details: { kind: 'pods' }, message: /^pods is forbidden/ });
});
