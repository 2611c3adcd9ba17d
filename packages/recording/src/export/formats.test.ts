import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CaptureDissection } from '@kubeshark/capture';
import type { Entry } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import { parquetReadObjects } from 'hyparquet';
import { expect, onTestFinished, test } from 'vitest';
import { REBUILT_COMMENT } from '../packets/capture-file.ts';
import { collect } from '../testing/collect.ts';
import { type ExportFormat, type ExportReport, exportEntries, exportFormats } from './formats.ts';

const fixtures = path.resolve(import.meta.dirname, '../../../capture/fixtures');

/** The calls of a recorded capture. */
function callsOf(fixture: string): Entry[] {
  return dissected(readFileSync(path.join(fixtures, fixture, 'input.pcap')));
}

function dissected(bytes: Uint8Array): Entry[] {
  const calls: Entry[] = [];
  const capture = new CaptureDissection({ source: 'file', onCall: (call) => calls.push(call.toEntry()) });
  capture.push(bytes);
  expect(capture.end()).toBeUndefined();
  return calls;
}

async function* inBatches(entries: readonly Entry[]): AsyncGenerator<readonly Entry[]> {
  for (let at = 0; at < entries.length; at += 3) yield entries.slice(at, at + 3);
}

async function exported(
  format: ExportFormat,
  entries: readonly Entry[],
): Promise<{ bytes: Buffer; report: ExportReport }> {
  const report: ExportReport = { entries: 0, left: {} };
  const bytes = Buffer.concat(await collect(exportEntries(format, inBatches(entries), { report })));
  return { bytes, report };
}

async function tshark(bytes: Uint8Array, ...args: string[]): Promise<string[]> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-export-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'traffic');
  await writeFile(file, bytes);
  const out = execFileSync('tshark', ['-r', file, ...args], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  return out.split('\n').filter((line) => line !== '');
}

const hasTshark = ['/usr/bin', '/usr/local/bin'].some((folder) => existsSync(path.join(folder, 'tshark')));

/** What a call must have kept on its way through packets. */
const essence = ({ protocol, endpoint, summary, status, src, dst, request, response, method, error }: Entry) => ({
  protocol,
  endpoint,
  summary,
  status,
  method,
  error,
  from: [src.ip, src.port],
  to: [dst.ip, dst.port],
  sent: [request?.body?.text, request?.body?.base64, request?.url],
  answered: [response?.body?.text, response?.body?.base64],
});

test.each(['pcap', 'pcapng'] as const)('calls exported as %s are read back as the same calls', async (format) => {
  const fixturesOf = [
    'http/node-shop',
    'http2/node-streams',
    'ws/chat',
    'redis/cache-and-pubsub',
    'graphql/node-graphql',
  ];
  for (const fixture of fixturesOf) {
    const original = callsOf(fixture);
    const { bytes, report } = await exported(format, original);
    expect(report).toEqual({ entries: original.length, left: {} });
    const sorted = (entries: readonly Entry[]) => entries.map((entry) => JSON.stringify(essence(entry))).toSorted();
    expect(sorted(dissected(bytes)), fixture).toEqual(sorted(original));
  }
});

test.runIf(hasTshark)('tshark counts the same requests and answers, all checksums right (needs tshark)', async () => {
  const original = callsOf('http/node-shop');
  const { bytes } = await exported('pcapng', original);
  const checked = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
  expect(await tshark(bytes, ...checked, '-Y', 'tcp.checksum.status == 0 || ip.checksum.status == 0')).toEqual([]);
  const port = String(original[0]?.dst.port);
  const decode = [
    '-d',
    `tcp.port==${port},http`,
    '-T',
    'fields',
    '-e',
    'http.request.method',
    '-e',
    'http.response.code',
  ];
  const lines = await tshark(bytes, ...decode, '-Y', 'http');
  const methods = lines.map((line) => line.split('\t')[0]).filter(Boolean);
  const codes = lines.map((line) => line.split('\t')[1]).filter(Boolean);
  expect(methods).toEqual(original.filter(({ request }) => request !== null).map(({ method }) => method));
  expect(codes).toEqual(original.filter(({ response }) => response !== null).map(({ status }) => String(status)));
});

test('a pcapng of rebuilt packets says so, and names what it has no packets of', async () => {
  const { bytes, report } = await exported('pcapng', [...callsOf('dns/dnsmasq-records'), anHttpEntry()]);
  expect(bytes.includes(REBUILT_COMMENT)).toBe(true);
  expect(report.left).toEqual({ dns: callsOf('dns/dnsmasq-records').length });
});

test('a HAR holds the HTTP calls and counts the others', async () => {
  const { bytes, report } = await exported('har', [...callsOf('http/node-shop'), ...callsOf('redis/cache-and-pubsub')]);
  const { log } = JSON.parse(bytes.toString()) as { log: { entries: { request: { method: string } }[] } };
  expect(log.entries.map(({ request }) => request.method)).toEqual(
    callsOf('http/node-shop').map(({ method }) => method),
  );
  expect(report.left).toEqual({ redis: callsOf('redis/cache-and-pubsub').length });
});

test('JSON and NDJSON hold whole calls', async () => {
  const calls = callsOf('http/node-shop');
  expect(JSON.parse((await exported('json', calls)).bytes.toString())).toEqual(calls);
  expect(JSON.parse((await exported('json', [])).bytes.toString())).toEqual([]);
  const lines = (await exported('ndjson', calls)).bytes.toString().trim().split('\n');
  expect(lines.map((line) => JSON.parse(line) as Entry)).toEqual(calls);
});

test('CSV quotes, and never gives a spreadsheet a formula', async () => {
  const calls = [anHttpEntry(0, { summary: '=HYPERLINK("http://evil")' }), anHttpEntry(1, { summary: 'a,\nb' })];
  const text = (await exported('csv', calls)).bytes.toString();
  expect(text).toContain(`,"'=HYPERLINK(""http://evil"")",`);
  expect(text).toContain(',"a,\nb",');
  expect(text.split('\r\n')[0]).toMatch(/^id,time,node,protocol,/);
});

test('Parquet is read back with its types, over several row groups', async () => {
  const calls = Array.from({ length: 12_000 }, (_, second) => anHttpEntry(second));
  const { bytes } = await exported('parquet', calls);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  const rows = await parquetReadObjects({ file });
  expect(rows).toHaveLength(12_000);
  expect(rows[11_999]).toMatchObject({
    id: calls[11_999]?.id,
    time: new Date(calls[11_999]!.timestamp / 1000),
    endpoint: 'GET /carts/{id}',
    error: false,
    latency: 12.5,
    status: '200',
  });
  expect(JSON.parse(String(rows[0]?.['request']))).toEqual(calls[0]?.request);
});

test('curl is a script that the shell takes', async () => {
  const { bytes } = await exported('curl', callsOf('http/node-shop'));
  execFileSync('/bin/bash', ['-n'], { input: bytes });
  expect(bytes.toString().match(/^curl /gm)).toHaveLength(callsOf('http/node-shop').length);
});

test('OpenAPI describes what was seen', async () => {
  const answer = (second: number, items: unknown, more: object = {}) =>
    anHttpEntry(second, {
      response: {
        size: 1,
        status: 200,
        statusText: 'OK',
        body: { size: 1, mime: 'application/json', text: JSON.stringify({ id: second, items, ...more }) },
      },
    });
  const { bytes, report } = await exported('openapi', [
    answer(0, [{ name: 'a', price: 1 }]),
    answer(1, [{ name: 'b', price: 1.5 }], { note: null }),
    ...callsOf('redis/cache-and-pubsub').slice(0, 1),
  ]);
  const document = JSON.parse(bytes.toString());
  expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: 'http://cart' }] });
  const operation = document.paths['/carts/{id}'].get;
  expect(operation.parameters).toEqual([{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }]);
  expect(operation.responses['200'].content['application/json'].schema).toEqual({
    type: 'object',
    required: ['id', 'items'],
    properties: {
      id: { type: 'integer' },
      items: {
        type: 'array',
        items: {
          type: 'object',
          required: ['name', 'price'],
          properties: { name: { type: 'string' }, price: { type: 'number' } },
        },
      },
      note: { type: 'null' },
    },
  });
  expect(report.left).toEqual({ 'not HTTP, or beyond the limit of paths': 1 });
});

test('every format takes every recorded call', async () => {
  const all = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('input.pcap'))
    .flatMap((file) => callsOf(path.dirname(file)));
  expect(all.length).toBeGreaterThan(100);
  for (const format of Object.keys(exportFormats) as ExportFormat[])
    expect((await exported(format, all)).report.entries, format).toBe(all.length);
});
