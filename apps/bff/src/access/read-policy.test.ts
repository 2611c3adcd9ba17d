import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readPolicy } from './read-policy.ts';

async function read(text: string) {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-access-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const accessFile = path.join(directory, 'access.yaml');
  await writeFile(accessFile, text);
  return readPolicy({ accessFile, trustedProxies: ['10.0.0.0/8'] });
}

test('a file with rules, and one that says nothing', async () => {
  const policy = await read('rules:\n  - group: ops\n    role: admin\nloopback: none\n');
  expect(policy).toMatchObject({
    rules: { rules: [{ group: 'ops', role: 'admin' }], loopback: 'none', metrics: 'open' },
  });
  expect(await read('')).toMatchObject({ rules: { rules: [], loopback: 'viewer' } });
});

test('no file means no access control', async () => {
  expect(await readPolicy({ accessFile: undefined, trustedProxies: [] })).toBeUndefined();
});

test.each([
  ['a role nobody has', 'rules: [{group: a, role: root}]', /rules\.0\.role/],
  ['a misspelled key', 'rules: [{group: a, role: viewer, namespace: [x]}]', /namespace/],
  ['a rule about nobody', 'rules: [{role: viewer}]', /group or a user/],
  ['a namespace that is KFL', 'rules: [{group: a, role: viewer, namespaces: [\'x" or true or "\']}]', /DNS label/],
  ['a filter that is no KFL', 'rules: [{group: a, role: viewer, filter: "http and"}]', /the rule for a/],
  ['a filter with stages', 'rules: [{group: a, role: viewer, filter: "http | count by endpoint"}]', /no condition/],
  [
    'a filter that closes its bracket',
    'rules: [{group: a, role: viewer, namespaces: [x], filter: "http) or (true"}]',
    /the rule for a/,
  ],
  ['no YAML', 'rules: [', /access\.yaml/],
])('%s is told', async (_name, text, fault) => {
  expect(await read(text)).toMatchObject({ fault: expect.stringMatching(fault) });
});

test('a file that is not there is told', async () => {
  const policy = await readPolicy({ accessFile: '/nonexistent/access.yaml', trustedProxies: [] });
  expect(policy).toMatchObject({ fault: expect.stringContaining('ENOENT') });
});
