/** What stands around the commands: completion, configuration, the way into a cluster. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const command = fileURLToPath(new URL('../bin/kubeshark.mjs', import.meta.url));

async function run(program: string, words: readonly string[], env: Record<string, string> = {}, input = '') {
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let out = '';
  let err = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString();
  });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number];
  return { out, err, code };
}
const kubeshark = (words: readonly string[], env?: Record<string, string>) =>
  run(process.execPath, [command, ...words], env);

test('bash completes commands, options, subcommands', async () => {
  const { out: script } = await kubeshark(['completion', 'bash']);
  const completed = async (...words: string[]) => {
    const line = `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _kubeshark; echo "\${COMPREPLY[@]}"`;
    return (await run('bash', ['--norc', '-s'], {}, `${script}\n${line}\n`)).out.trim();
  };
  expect(await completed('kubeshark', 're')).toBe('record replay');
  expect(await completed('kubeshark', 'replay', '--allow')).toBe('--allow-writes');
  expect(await completed('kubeshark', 'completion', 'z')).toBe('zsh');
});

test('zsh and fish get the same commands; another shell is refused', async () => {
  for (const shell of ['zsh', 'fish']) expect((await kubeshark(['completion', shell])).out).toContain('allow-writes');
  expect(await kubeshark(['completion', 'cmd'])).toMatchObject({
    code: 2,
    err: 'There is completion for bash, zsh, fish.\n',
  });
});

test('the hub of the configuration file is asked, that of the environment first', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-config-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'config.yaml');
  const env = { KUBESHARK_CONFIG: file };
  expect(await kubeshark(['config', 'view'], env)).toMatchObject({ out: '', err: `${file}\n`, code: 0 });
  expect((await kubeshark(['config', 'set', 'hub', 'http://127.0.0.1:1'], env)).code).toBe(0);
  expect(await readFile(file, 'utf8')).toBe('hub: http://127.0.0.1:1\n');
  expect((await kubeshark(['query', 'http'], env)).err).toContain('No hub answers at http://127.0.0.1:1');
  const first = await kubeshark(['query', 'http'], { ...env, KUBESHARK_HUB: 'http://127.0.0.1:2' });
  expect(first.err).toContain('No hub answers at http://127.0.0.1:2');
  await kubeshark(['config', 'unset', 'hub'], env);
  expect((await kubeshark(['config', 'view'], env)).out).toBe('');
});

test.each([
  ['a misspelled key', 'hubb: http://x\n', 'hubb'],
  ['an address that is none', 'hub: somewhere\n', 'hub'],
  ['a misspelled value of the chart', 'tap:\n  namespace: [shop]\n', 'Did you mean tap.namespaces'],
  ['a value of the chart that does not fit', 'tap:\n  packetCapture: psychic\n', 'tap.packetCapture=psychic is wrong'],
  ['a misspelled key of the cluster', 'kube:\n  contekst: x\n', 'kube'],
  ['what is no YAML', 'a: [\n', 'no YAML'],
])('%s in the configuration file is said, exit code 2', async (_name, text, message) => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-config-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'config.yaml');
  await writeFile(file, text);
  const { err, code } = await kubeshark(['query', 'http'], { KUBESHARK_CONFIG: file });
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});

test('settings of the cluster and of the chart are set, shown and taken away by their names', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-config-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'config.yaml');
  const config = (...words: string[]) => kubeshark(['config', ...words], { KUBESHARK_CONFIG: file });
  for (const [key, value] of [
    ['kube.context', 'staging'],
    ['kube.forward', 'false'],
    ['tap.namespaces', 'shop,cart'],
    ['tap.ring.bytes', '33554432'],
  ] as const)
    expect(await config('set', key, value)).toMatchObject({ code: 0, err: '' });
  expect(await readFile(file, 'utf8')).toBe(
    'kube:\n  context: staging\n  forward: false\ntap:\n  namespaces:\n    - shop\n    - cart\n  ring:\n    bytes: 33554432\n',
  );
  expect((await config('view')).out).toBe(
    'kube.context: staging\nkube.forward: false\ntap.namespaces: shop,cart\ntap.ring.bytes: 33554432\n',
  );
  expect((await config('set', 'kube.kontext', 'x')).err).toContain('did you mean kube.context?');
  expect((await config('set', 'tap.ring.bytes', '7')).code).toBe(2);
  await config('unset', 'tap.ring.bytes');
  expect((await config('view')).out).not.toContain('ring');
});
