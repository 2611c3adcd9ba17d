import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../store.ts';
import { startServers, TEST_CLUSTER, type TestServers } from '../testing/clickhouse-server.ts';

describe.each([
  ['one server', 1],
  ['two shards', 2],
])('what two hubs on %s share', (_name, count) => {
  let servers: TestServers;
  let one: Store;
  let two: Store;
  beforeAll(async () => {
    servers = await startServers(count);
    const options = { urls: servers.urls, ...(count > 1 && { cluster: TEST_CLUSTER }) };
    one = await openStore({ ...options, hub: 'one' });
    // The other way round: it asks another server first.
    two = await openStore({ ...options, urls: servers.urls.toReversed(), hub: 'two' });
  });
  afterAll(async () => {
    await Promise.all([one.close(), two.close()]);
    await servers.dispose();
  });

  test('a text is what was written last, whoever wrote it', async () => {
    expect(await two.shared?.texts.read('settings')).toBeUndefined();
    expect(await one.shared?.texts.write('settings', { text: 'a', after: 0 })).toBe(true);
    expect(await two.shared?.texts.read('settings')).toMatchObject({ text: 'a', version: 1 });
    expect(await two.shared?.texts.write('settings', { text: "b'\n\n\u0000é", after: 1 })).toBe(true);
    expect(await one.shared?.texts.read('settings')).toMatchObject({ text: "b'\n\n\u0000é", version: 2 });
    expect(await one.shared?.texts.versions()).toEqual(new Map([['settings', 2]]));
  });

  test('who writes after a version that is no longer the last changes nothing', async () => {
    expect(await one.shared?.texts.write('race', { text: 'first', after: 0 })).toBe(true);
    expect(await two.shared?.texts.write('race', { text: 'second', after: 0 })).toBe(false);
    expect(await two.shared?.texts.read('race')).toMatchObject({ text: 'first', version: 1 });
  });

  test('old versions are thrown away', async () => {
    for (let after = 0; after < 20; after++)
      expect(await one.shared?.texts.write('often', { text: String(after + 1), after })).toBe(true);
    expect(await two.shared?.texts.read('often')).toMatchObject({ text: '20', version: 20 });
  });

  test('events of all hubs come newest first', async () => {
    await one.shared?.events.add([
      { at: 1_795_000_000_000_001, text: 'first' },
      { at: 1_795_000_000_000_003, text: "third'\n\n\u0000é" },
    ]);
    await two.shared?.events.add([{ at: 1_795_000_000_000_002.5, text: 'second' }]);
    expect(await one.shared?.events.newest(2)).toEqual(["third'\n\n\u0000é", 'second']);
    expect(await two.shared?.events.newest(10)).toHaveLength(3);
  });

  test('notices of all hubs are heard once, in the same order by each, and from the past only as far as asked', async () => {
    await one.shared?.notices.tell('old', ['long ago']);
    await setTimeout(1_500);
    const listeners = [one, two].map((store) => store.shared?.notices.listen(1_000_000));
    await Promise.all([
      one.shared?.notices.tell('a', ['1', "2'\n\u0000é", '3']),
      two.shared?.notices.tell('b', ['4', '5']),
      one.shared?.notices.tell('a', ['6']),
    ]);
    const heard = await Promise.all(
      listeners.map(async (listener) => {
        const texts: string[] = [];
        let until = 0;
        while (texts.length < 6) {
          const { notices, until: now } = (await listener?.hear()) ?? { notices: [], until: 0 };
          texts.push(...notices.map(({ hub, kind, text }) => `${hub} ${kind} ${text}`));
          expect(now).toBeGreaterThanOrEqual(until);
          for (const { at } of notices) expect(at).toBeLessThanOrEqual(now);
          until = now;
        }
        return texts;
      }),
    );
    expect(heard[0]?.toSorted()).toEqual(['one a 1', "one a 2'\n\u0000é", 'one a 3', 'one a 6', 'two b 4', 'two b 5']);
    expect(heard[0]).toEqual(heard[1]);
    expect(
      heard[0]?.filter((text) => /[123]/.test(text)),
      'told together',
    ).toEqual(heard[0]?.slice(heard[0].indexOf('one a 1')).slice(0, 3));
  }, 60_000);

  test('more notices than are read at once are all heard', async () => {
    const listener = one.shared?.notices.listen(0);
    await listener?.hear();
    const texts = Array.from({ length: 1_200 }, (_, n) => String(n));
    await two.shared?.notices.tell('many', texts.slice(0, 700));
    await two.shared?.notices.tell('many', texts.slice(700));
    const heard: string[] = [];
    while (heard.length < texts.length)
      heard.push(...((await listener?.hear())?.notices.map(({ text }) => text) ?? []));
    expect(heard).toEqual(texts);
  }, 60_000);

  test('a hub hears the last word of the others, not its own', async () => {
    await one.shared?.reports.publish('old');
    await one.shared?.reports.publish('new');
    expect(await two.shared?.reports.others(60)).toEqual(['new']);
    expect(await one.shared?.reports.others(60)).toEqual([]);
  });
});
