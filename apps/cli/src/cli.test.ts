/** The command as people run it: real processes, their output and exit codes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { DoctorReport, Entry, EntryPage } from '@kubeshark/contract';
import { expect, onTestFinished, test } from 'vitest';
import { exitCodes } from './failure.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const command = path.join(root, 'apps/cli/bin/kubeshark.mjs');
const capture = path.join(root, 'packages/capture/fixtures/http/pipelined-gets/input.pcap');

function begin(words: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [command, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  return child;
}

async function kubeshark(...words: string[]) {
  const child = begin(words);
  let out = '';
  let err = '';
  child.stdout?.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr?.on('data', (data: Buffer) => {
    err += data.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { out, err, code };
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-cli-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('tap prints a line for people and one entry a line as JSON', async () => {
  const people = await kubeshark('tap', '-r', capture);
  const json = await kubeshark('tap', '-r', capture, '--json');
  const entries = json.out
    .trim()
    .split('\n')
    .map((line) => Entry.parse(JSON.parse(line)));
  expect(people.out.trim().split('\n')).toHaveLength(entries.length);
  for (const { summary } of entries) expect(people.out).toContain(summary);
  expect([people.code, people.err, json.code, json.err]).toEqual([0, '', 0, '']);
});

test('tap opens TLS with a key log', async () => {
  const folder = path.join(root, 'packages/capture/fixtures/tls/https-key-log');
  const file = path.join(folder, 'input.pcap');
  const closed = await kubeshark('tap', '-r', file);
  const open = await kubeshark('tap', '-r', file, '--keys', path.join(folder, 'keys.log'));
  expect(closed.out).toContain('TLS 1.3 shop.example');
  expect(open.out).toContain('GET /orders');
  const wrong = await kubeshark('tap', '-r', file, '--keys', file);
  expect([wrong.code, wrong.err]).toEqual([exitCodes.usage, expect.stringContaining('No keys in')]);
});

test('tap filters by KFL and ends after a count', async () => {
  const { out } = await kubeshark('tap', '-r', capture, '--count', '1', 'http', 'and', 'request.method', '==', '"GET"');
  expect(out.trim().split('\n')).toHaveLength(1);
  expect((await kubeshark('tap', '-r', capture, 'dns')).out).toBe('');
});

test('a capture that is cut gives what is before the damage, then the offset, and fails', async () => {
  const file = path.join(await temporaryDirectory(), 'cut.pcap');
  const bytes = await readFile(capture);
  await writeFile(file, bytes.subarray(0, bytes.length - 7));
  const { out, err, code } = await kubeshark('tap', '-r', file);
  expect(out).not.toBe('');
  expect(err).toMatch(
    /cut\.pcap: the file ends inside a record at offset \d+; the \d+ packets before it were read\.\n$/,
  );
  expect(code).toBe(exitCodes.trouble);
});

test('a pipe that closes in a record is damage like a file that is cut', async () => {
  const script = `head -c $2 "$3" | "$0" "$1" stats -r -`;
  const bytes = await readFile(capture);
  const words = [process.execPath, command, String(bytes.length - 7), capture];
  const child = spawn('sh', ['-c', script, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(out).toContain('Protocols');
  expect(err).toMatch(/^-: the file ends inside a record at offset \d+;/);
});

test('whoever reads the output may stop reading', async () => {
  // More than a pipe holds: the command still writes when nobody reads any more.
  const long = path.join(root, 'packages/capture/fixtures/kafka/orders/input.pcap');
  const script = `"$0" "$1" tap --json -r "$2" | head -c 10; exit \${PIPESTATUS[0]}`;
  const child = spawn('bash', ['-c', script, process.execPath, command, long], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null) await once(child, 'exit');
  expect([out, err, child.exitCode]).toEqual(['{"id":"735', '', 0]);
});

test('a link type nobody reads is named', async () => {
  const file = path.join(await temporaryDirectory(), 'odd.pcap');
  const bytes = await readFile(capture);
  bytes.writeUInt32LE(147, 20);
  await writeFile(file, bytes);
  expect((await kubeshark('tap', '-r', file)).err).toContain('link type 147 (USER0) is not supported');
});

test('stats sums up a capture', async () => {
  const { out, code } = await kubeshark('stats', '-r', capture);
  expect(out).toMatch(/^\d+ packets, \d+ connections?, \d+ calls in .* failed\n\nProtocols\n/);
  expect(out).toMatch(/Endpoints\nprotocol +endpoint/);
  expect(code).toBe(0);
});

test.each([
  ['a file that is not there', ['tap', '-r', '/no/such.pcap'], 'trouble', /there is no such file/],
  [
    'a query that does not compile',
    ['tap', '-r', capture, 'http and ('],
    'usage',
    /column 10.*\n {2}http and \(\n {11}\^/,
  ],
  ['an unknown command', ['swim'], 'usage', /unknown command 'swim'/],
  ['a hub that is not there', ['tap', '--hub', 'http://127.0.0.1:1'], 'address', /No hub answers at http:\/\/127/],
  [
    'a data directory that cannot be',
    ['serve', '--port', '0', '--data-dir', '/proc/data'],
    'dataDirectory',
    /--data-dir/,
  ],
] as const)('%s: one clear message and its exit code', async (_name, words, kind, message) => {
  const { err, code } = await kubeshark(...words);
  expect(err).toMatch(message);
  expect(code).toBe(exitCodes[kind]);
});

test('serve opens a capture, shows it, refuses company, and ends cleanly', async () => {
  const dataDir = await temporaryDirectory();
  const server = begin(['serve', '--port', '0', '--data-dir', dataDir, '--read', capture]);
  const [line] = (await once(server.stdout!, 'data')) as [Buffer];
  const url = /^Kubeshark is ready: (http:\/\/localhost:\d+)\n$/.exec(line.toString())?.[1];
  expect(url).toBeDefined();

  const expected = (await kubeshark('tap', '-r', capture, '--json')).out.trim().split('\n').length;
  for (let rows = 0; rows < expected; ) {
    const page = await (await fetch(`${url}/api/entries`)).json();
    rows = EntryPage.parse(page).rows.length;
  }

  const asked = await kubeshark('query', '--hub', url!, '--json', 'http | count by method');
  expect(asked.out).toMatch(/^\{"method":"GET","count":\d+\}\n/);

  expect((await kubeshark('stats', '--hub', url!)).out).toMatch(/^\d+ calls, .*\n\nEndpoints\n/);
  const doctor = await kubeshark('doctor', '--hub', url!, 'response.status == 999');
  expect(doctor.out).toMatch(/^ok {4}An agent is connected: .*\n/);
  expect(doctor.out).toContain('your filter hides');

  const stored = await kubeshark('tap', '--hub', url!, '--since', '2000-01-01T00:00:00Z', '-c', String(expected));
  expect(stored.out.trim().split('\n')).toHaveLength(expected);

  const har = await kubeshark('export', '--hub', url!, '-f', 'har', '-o', '-', 'request.method == "GET"');
  expect((JSON.parse(har.out) as { log: { entries: unknown[] } }).log.entries).toHaveLength(expected);

  const taken = await kubeshark('serve', '--port', new URL(url!).port, '--data-dir', await temporaryDirectory());
  expect([taken.code, taken.err]).toEqual([
    exitCodes.address,
    `Port ${new URL(url!).port} is taken. Choose another with --port.\n`,
  ]);
  const second = await kubeshark('serve', '--port', '0', '--data-dir', dataDir);
  expect(second.code).toBe(exitCodes.dataDirectory);
  expect(second.err).toMatch(/^The data directory .* is in use by another Kubeshark\..*\n$/);

  server.kill('SIGINT');
  expect((await once(server, 'exit'))[0]).toBe(0);
}, 60_000);

test('doctor tells what this machine can capture, also without a hub', async () => {
  const { out, code } = await kubeshark('doctor', '--json', '--interface', 'no-such-if');
  const { state, checks } = DoctorReport.parse(JSON.parse(out));
  expect([state, code]).toEqual(['failed', exitCodes.trouble]);
  expect(checks.map(({ id }) => id)).toEqual(expect.arrayContaining(['helper', 'tcpdump', 'interfaces', 'processes']));
  expect(checks.find(({ id }) => id === 'tcpdump')?.state).toBe('failed');
  expect((await kubeshark('doctor', '--hub', 'http://127.0.0.1:1')).code).toBe(exitCodes.address);
}, 60_000);

test('a capture exported as pcap and read again gives the same calls', async () => {
  const directory = await temporaryDirectory();
  const exported = path.join(directory, 'again.pcap');
  const { err, code } = await kubeshark('export', '-r', capture, '-o', exported);
  expect([code, err]).toEqual([0, expect.stringMatching(/^Wrote .*again\.pcap: \d+ calls, [\d.]+ kB\.\n$/)]);
  const essence = async (file: string) =>
    (await kubeshark('tap', '-r', file, '--json')).out
      .trim()
      .split('\n')
      .map((line) => Entry.parse(JSON.parse(line)))
      .map(({ summary, status, src, dst, response }) => ({ summary, status, src, dst, body: response?.body?.text }));
  expect(await essence(exported)).toEqual(await essence(capture));
});

test('export keeps to the query, and leaves nothing behind when it cannot write', async () => {
  const none = await kubeshark('export', '-r', capture, '-f', 'json', '-o', '-', 'redis');
  expect([none.out, none.code]).toEqual(['[]\n', 0]);
  const nowhere = await kubeshark('export', '-r', capture, '-o', '/no/such/traffic.har');
  expect([nowhere.err, nowhere.code]).toEqual([
    'Cannot write /no/such/traffic.har: there is no such directory.\n',
    exitCodes.trouble,
  ]);
  const unnamed = await kubeshark('export', '-r', capture, '-o', 'traffic');
  expect([unnamed.err, unnamed.code]).toEqual([expect.stringContaining('--format pcap|pcapng|har'), exitCodes.usage]);
});

test('record writes a file of what a hub sees, which tap reads again', async () => {
  const dataDir = await temporaryDirectory();
  const server = begin(['serve', '--port', '0', '--data-dir', dataDir, '--read', capture]);
  const [line] = (await once(server.stdout!, 'data')) as [Buffer];
  const url = /(http:\/\/localhost:\d+)/.exec(line.toString())?.[1] ?? '';
  const file = path.join(dataDir, 'traffic.tar');
  const expected = (await kubeshark('tap', '-r', capture, '--json')).out;
  const calls = expected.trim().split('\n').length;
  for (let rows = 0; rows < calls; )
    rows = EntryPage.parse(await (await fetch(`${url}/api/entries`)).json()).rows.length;

  // The capture is old: its calls are before the recording, and out of reach of its pre-roll.
  const { err, code } = await kubeshark('record', '--hub', url, '-o', file, '--duration', '1s', '--pre-roll', '1h');
  expect([code, err]).toEqual([0, expect.stringMatching(/^Wrote .*traffic\.tar: 0 calls, [\d.]+ kB\.\n$/)]);
  expect((await kubeshark('tap', '-r', file)).code).toBe(0);
  expect((await (await fetch(`${url}/api/recordings`)).json()) as object).toMatchObject({ recordings: [] });

  const opened = await kubeshark('import', '--hub', url, capture);
  expect([opened.code, opened.err]).toEqual([0, `Opened ${calls} calls of ${capture}.\n`]);
  const source = /^http:\S+\/traffic\?s=([0-9a-f]{12})\n$/.exec(opened.out)?.[1];
  const page = EntryPage.parse(await (await fetch(`${url}/api/entries?source=${source}`)).json());
  expect(page.rows).toHaveLength(calls);
  expect((await kubeshark('import', '--hub', url, '/no/such.tar')).err).toContain('there is no such file');

  const recorded = await kubeshark('export', '--hub', url, '-f', 'ndjson', '-o', '-');
  expect(recorded.out.trim().split('\n')).toHaveLength(calls);
  server.kill('SIGINT');
  await once(server, 'exit');
}, 60_000);

test('tap prints wide lines and HAR, and begins where it is told', async () => {
  const wide = await kubeshark('tap', '-r', capture, '-o', 'wide', '-c', '1');
  expect(wide.out).toMatch(/\d+ B → \d+ B/);
  const har = await kubeshark('tap', '-r', capture, '-o', 'har', '-c', '2');
  expect((JSON.parse(har.out) as { log: { entries: unknown[] } }).log.entries).toHaveLength(2);
  expect((await kubeshark('tap', '-r', capture, '--since', '1m')).out).toBe('');
  expect((await kubeshark('tap', '-r', capture, '--pod', 'cart-0')).out).toBe('');
});
