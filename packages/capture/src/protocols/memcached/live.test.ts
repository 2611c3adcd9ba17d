import { expect, onTestFinished, test } from 'vitest';
import { startMemcached } from '../../../fixtures/memcached/server.ts';
import { binary, talk } from '../../../fixtures/memcached/talk.ts';
import { hasProgram } from '../../../fixtures/private-server.ts';
import { dissectAll } from '../../dissect/testing/conversation.ts';
import { Relay } from '../../dissect/testing/relay.ts';
import { memcached } from './index.ts';

test.skipIf(!hasProgram('memcached'))('a real memcached (memcached) is understood', async () => {
  const cache = await startMemcached();
  onTestFinished(() => cache[Symbol.asyncDispose]());
  const relay = await Relay.to(cache.port);
  const long = 'x'.repeat(600_000);
  await talk(relay.port, [
    [`set long 0 0 ${long.length}\r\n${long}\r\n`, /STORED/],
    ['get long missing\r\n', /END/],
    ['mg long s\r\nmg missing v\r\n', /EN/],
  ]);
  await talk(relay.port, [[binary(0, { key: 'missing' }), /Not found/]]);
  await relay.close();
  const calls = relay.conversations.map((turns) => dissectAll(memcached, turns));
  expect(calls.flat().map(({ summary, status, data }) => [summary, status, data?.['memcached']?.['hit']])).toEqual([
    ['set long', 0, undefined],
    ['get long missing', 0, true],
    ['mg long', 0, true],
    ['mg missing', 0, false],
    ['get missing', 0, false],
  ]);
  expect(calls[0]).toMatchObject([
    { request: { body: { size: long.length } } },
    { response: { body: { size: long.length } } },
    {},
    {},
  ]);
});
