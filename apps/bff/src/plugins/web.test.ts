import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fastify } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { problem } from './problem.ts';
import { web } from './web.ts';

async function serveBuilt() {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-web-'));
  await mkdir(path.join(directory, 'assets'));
  await writeFile(path.join(directory, 'index.html'), '<title>app</title>');
  await writeFile(path.join(directory, 'assets/app-1a2b.js'), 'app()');
  await writeFile(`${directory}-secret.txt`, 'secret');
  const app = fastify();
  await app.register(problem);
  await app.register(web, { directory, basePath: '/' });
  onTestFinished(async () => {
    await app.close();
    await rm(directory, { recursive: true });
    await rm(`${directory}-secret.txt`);
  });
  return app;
}

test.each([
  ['the application', '/', 200, '<title>app</title>', 'no-cache'],
  ['a route of the application', '/entries/7?q=http', 200, '<title>app</title>', 'no-cache'],
  ['a file with a hash in its name', '/assets/app-1a2b.js', 200, 'app()', 'public, max-age=31536000, immutable'],
])('%s is served, cached as its name allows', async (_name, url, status, body, cache) => {
  const answer = await (await serveBuilt()).inject({ url });
  expect([answer.statusCode, answer.body, answer.headers['cache-control']]).toEqual([status, body, cache]);
});

test.each([
  ['a file of an older build', '/assets/app-0000.js'],
  ['an address of the API that is not there', '/api/nothing'],
])('%s is a problem, never the application', async (_name, url) => {
  const answer = await (await serveBuilt()).inject({ url });
  expect(answer.statusCode).toBe(404);
  expect(answer.json()).toMatchObject({ code: 'KS_NOT_FOUND' });
});

test.each(['/../secret.txt', '/%2e%2e/x-secret.txt', '/assets/..%2f..%2fsecret.txt', '/%00', '/%zz'])(
  '%s leads to no file outside',
  async (url) => {
    const answer = await (await serveBuilt()).inject({ url });
    expect(answer.body).not.toContain('secret\n');
    expect(answer.body === '<title>app</title>' || answer.statusCode >= 400).toBe(true);
  },
);

test('an application that is not built is said so, with the command', async () => {
  const app = fastify();
  await app.register(problem);
  await app.register(web, { directory: '/no/such/dist', basePath: '/' });
  onTestFinished(() => app.close());
  const answer = await app.inject({ url: '/' });
  expect(answer.statusCode).toBe(503);
  expect(answer.body).toContain('npm start');
});
