import { errorTable } from '@kubeshark/contract';
import { StoreError } from '@kubeshark/store';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { HubError } from '../errors.ts';
import { problem } from './problem.ts';

async function answerTo(error: Error) {
  const app = fastify();
  onTestFinished(() => app.close());
  await app.register(problem);
  app.get('/', () => {
    throw error;
  });
  const answer = await app.inject({ url: '/' });
  return { status: answer.statusCode, ...answer.json<{ code: string; message: string }>() };
}

test.each([
  ['what the hub expects', new HubError('KS_ENTRY_NOT_FOUND', 'There is no entry 7.'), 404, 'KS_ENTRY_NOT_FOUND'],
  ['a query that takes too long', new StoreError('timeout', 'inner'), 504, 'KS_QUERY_TIMEOUT'],
  ['a query that needs too much', new StoreError('memory', 'inner'), 507, 'KS_QUERY_LIMIT'],
  ['a query that would read too much', new StoreError('rows', 'inner'), 507, 'KS_QUERY_TOO_WIDE'],
  ['an engine that is being started again', new StoreError('engine-gone', 'inner'), 503, 'KS_STORE_UNAVAILABLE'],
  ['a statement the engine refuses', new StoreError('engine', 'inner'), 500, 'KS_INTERNAL'],
  ['a bug', new TypeError('inner'), 500, 'KS_INTERNAL'],
] as const)('%s has its code', async (_name, error, status, code) => {
  expect(await answerTo(error)).toMatchObject({ status, code });
});

test('an answer of 500 and above shows nothing inside', async () => {
  expect((await answerTo(new TypeError('password=s3cret'))).message).toBe(errorTable.KS_INTERNAL.meaning);
  expect((await answerTo(new StoreError('timeout', 'SELECT secret'))).message).toBe(
    errorTable.KS_QUERY_TIMEOUT.meaning,
  );
});
