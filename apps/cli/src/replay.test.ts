/** `kubeshark replay` as people run it: a capture sent again to a real server, right and wrong. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { toHar } from '@kubeshark/recording/har';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';

const command = fileURLToPath(new URL('../bin/kubeshark.mjs', import.meta.url));

async function replay(...words: string[]) {
  const child = spawn(process.execPath, [command, 'replay', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { out, err, code };
}

/** A recording of ten reads and a write, and a server that answers them. */
async function aStory({ price = 10 } = {}) {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-replay-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const call = (n: number, method: string) =>
    anHttpEntry(n, {
      id: idAt(START_MICROS + n * 1_000),
      timestamp: START_MICROS + n * 1_000,
      method,
      request: { size: 10, method, url: `http://shop/items/${n}`, path: `/items/${n}`, headers: { Host: 'shop' } },
      response: {
        size: 10,
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: { size: 20, mime: 'application/json', text: JSON.stringify({ id: n, price: 10 }) },
      },
    });
  const file = path.join(directory, 'traffic.har');
  await writeFile(file, toHar([...Array.from({ length: 10 }, (_, n) => call(n, 'GET')), call(10, 'DELETE')]));
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
    const id = Number(request.url?.split('/').at(-1));
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id, price: id === 7 ? price : 10 }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { file, directory, seen, target: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('every answer is the recorded one: exit code 0, the write is not sent', async () => {
  const { file, target, seen } = await aStory();
  const { out, code } = await replay(file, '-t', target, '--speed', 'max');
  expect(out).toContain('Not sent: 1 would change something (--allow-writes)');
  expect(out).toMatch(/10 as recorded, 0 different, 0 slow, 0 without an answer\n$/);
  expect([code, seen.length]).toEqual([0, 10]);
});

test('a changed field: exit code 1, and three kinds of report that name it', async () => {
  const { file, target, directory } = await aStory({ price: 11 });
  const reports = ['r.html', 'r.xml', 'r.json'].map((name) => path.join(directory, name));
  const { out, code } = await replay(
    file,
    '-t',
    target,
    '--speed',
    'max',
    ...reports.flatMap((name) => ['--report', name]),
  );
  expect(out).toContain('GET /items/7\n  $.price: 10 → 11\n');
  expect(code).toBe(1);
  for (const name of reports) expect(await readFile(name, 'utf8')).toContain('$.price');
  const ignored = await replay(file, '-t', target, '--speed', 'max', '--ignore', 'GET /items/{id} $.price');
  expect([ignored.code, ignored.out]).toEqual([0, expect.stringContaining('Passed over: GET /items/{id} $.price')]);
});

test('a dry run sends nothing', async () => {
  const { file, target, seen } = await aStory();
  const { out, err, code } = await replay(file, '-t', target, '--dry-run', '--filter', 'request.path == "/items/3"');
  expect(out).toBe(`     0.000 s  GET     ${target}/items/3\n`);
  expect(err).toContain('1 calls would be sent, recorded for shop.');
  expect([code, seen]).toEqual([0, []]);
});

test('credentials come from outside, writes and methods as asked', async () => {
  const { file, target, seen, directory } = await aStory();
  const secret = path.join(directory, 'auth');
  await writeFile(secret, 'Bearer s3cret\n');
  await replay(file, '-t', target, '--speed', 'max', '--allow-writes', '--methods', 'DELETE', '--auth-from', secret);
  expect(seen).toEqual(['DELETE /items/10 Bearer s3cret']);
});

test('a rate is kept and told', async () => {
  const { file, target } = await aStory();
  const { out, code } = await replay(file, '-t', target, '--rate', '500/s', '--loop', '50', '--json');
  const report = JSON.parse(out) as { sent: number; callsPerSecond: number; lateness: { p99: number } };
  expect([code, report.sent]).toEqual([0, 500]);
  expect(report.callsPerSecond).toBeLessThan(520);
});

test.each([
  ['no target', [], 'required option'],
  ['a speed that is none', ['-t', 'http://127.0.0.1:1', '--speed', 'warp'], 'no speed'],
  ['a rule that is none', ['-t', 'http://127.0.0.1:1', '--ignore', 'GET /a'], 'No ignore rule'],
  ['a filter that does not compile', ['-t', 'http://127.0.0.1:1', '--filter', 'http and ('], 'wrong at column'],
  ['nothing to send', ['-t', 'http://127.0.0.1:1', '--methods', 'TRACE'], 'Nothing to send'],
])('%s: exit code 2', async (_name, words, message) => {
  const { file } = await aStory();
  const { err, code } = await replay(file, ...words);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});

test('a target that is down fails each call', async () => {
  const { file } = await aStory();
  const { out, code } = await replay(file, '-t', 'http://127.0.0.1:1', '--speed', 'max');
  expect([code, out]).toEqual([1, expect.stringContaining('10 without an answer')]);
});
