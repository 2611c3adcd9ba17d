/** `kubeshark kfl` as people run it: output, findings and exit codes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const command = fileURLToPath(new URL('../bin/kubeshark.mjs', import.meta.url));

async function kfl(words: readonly string[], lines: readonly string[] = []) {
  const child = spawn(process.execPath, [command, 'kfl', ...words], { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  // A command that has read enough closes its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(lines.join('\n'));
  const [code] = (await once(child, 'close')) as [number];
  return { out: out.trim().split('\n'), err, code };
}

const entries = [
  '{"protocols":["http"],"request":{"path":"/a","headers":{"Authorization":"x"}},"response":{"status":200}}',
  'not JSON',
  '{"protocols":["http"],"request":{"path":"/b"},"response":{"status":503}}',
  '{"big":9007199254740993,"protocols":["dns"]}',
  '',
];

test('check prints the house spelling', async () => {
  expect(await kfl(['check', 'http && status_code>=500'])).toEqual({
    out: ['http and status_code >= 500'],
    err: '',
    code: 0,
  });
});

test('check points at what is wrong', async () => {
  const { out, err, code } = await kfl(['check', 'http and request.pth == "/" and (dns']);
  expect({ out, code }).toEqual({ out: [''], code: 2 });
  expect(err).toContain('warning KFL2001 at 1:10: No field is called `request.pth`');
  expect(err).toContain('error KFL1007 at 1:33: This `(` is not closed.');
  expect(err).toContain(`  http and request.pth == "/" and (dns\n  ${' '.repeat(32)}^`);
});

test('check --json gives findings, spelling, fields and SQL with parameters', async () => {
  const { out, code } = await kfl(['check', '--json', 'http and request.body.json().a == 1']);
  expect(code).toBe(0);
  expect(JSON.parse(out.join(''))).toMatchObject({
    isValid: true,
    diagnostics: [],
    normal: 'http and request.body.json().a == 1',
    fields: ['protocols', 'request.body'],
    protocols: ['http'],
    sql: '(has(protocols, {p0:String}))',
    parameters: { p0: 'http' },
    isExact: false,
    residual: [{ text: 'request.body.json().a == 1' }],
  });
  const wrong = await kfl(['check', '--json', 'http and']);
  expect(wrong.code).toBe(2);
  expect(JSON.parse(wrong.out.join(''))).toMatchObject({
    isValid: false,
    diagnostics: [{ code: 'KFL1005', line: 1, column: 9 }],
  });
});

test.each<[string, readonly string[], number]>([
  ['http and status_code >= 500', [entries[2] ?? ''], 0],
  ['redis', [''], 1],
  ['http and limit(1)', [entries[0] ?? ''], 0],
  ['http | sort -response.status | limit 1', [entries[2] ?? ''], 0],
  ['big == 9007199254740993', [entries[3] ?? ''], 0],
  ['big == 9007199254740992', [''], 1],
  [
    'response.status == 200 and redact("request.headers.Authorization")',
    [
      '{"protocols":["http"],"request":{"path":"/a","headers":{"Authorization":"[REDACTED]"}},"response":{"status":200}}',
    ],
    0,
  ],
  ['big exists and redact("protocols")', ['{"big":9007199254740993,"protocols":"[REDACTED]"}'], 0],
  ['tls | count by src.name', ['src.name  count'], 1],
])('eval %s', async (query, out, code) => {
  const found = await kfl(['eval', query], entries);
  expect({ out: found.out, code: found.code }).toEqual({ out, code });
});

test('eval prints the table of a pipeline', async () => {
  const { out, err } = await kfl(['eval', 'http', '|', 'count by request.path | sort -request.path'], entries);
  expect(out.map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ['request.path', 'count'],
    ['/b', '1'],
    ['/a', '1'],
  ]);
  expect(err).toContain('line 2 is not a JSON document');
  const json = await kfl(['eval', '--json', 'http | count by request.path'], entries);
  expect(json.out).toEqual(['{"request.path":"/a","count":1}', '{"request.path":"/b","count":1}']);
});

test('eval warns about a path that the catalogue does not know, and refuses a wrong query', async () => {
  const unknown = await kfl(['eval', 'big > 1'], entries);
  expect(unknown.err).toContain('warning KFL2001 at 1:1');
  expect(unknown.code).toBe(0);
  expect(await kfl(['eval', 'http and ('], entries)).toMatchObject({ out: [''], code: 2 });
});
