import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { helperPlace } from '../testing/capturing.ts';
import { compilerFlags, helperProgram } from './helper-binary.ts';
import { isRefusal } from './source.ts';

const sources = fileURLToPath(new URL('../../helper', import.meta.url));
const here = ['gcc', 'clang'].filter((compiler) => spawnSync(compiler, ['--version']).error === undefined);

function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'kubeshark-build-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

test.skipIf(here.length === 0)(
  `built once, kept, and found again${here.length === 0 ? ': no C compiler' : ''}`,
  async () => {
    const directory = path.join(temporaryDirectory(), 'not', 'there', 'yet');
    const [first, second] = await Promise.all([helperProgram({ directory }), helperProgram({ directory })]);
    if (isRefusal(first)) throw new Error(first.refused);
    expect(second).toEqual(first);
    // Only what is asked for later tells that nothing is built again.
    expect(await helperProgram({ directory }, ['no-such-compiler'])).toEqual(first);
    expect(readdirSync(directory)).toHaveLength(1);
    expect(execFileSync(first.path, ['--version'], { encoding: 'utf8' })).toBe('kubeshark-helper, stream version 1\n');
  },
);

test.skipIf(here.length === 0).each(here)('%s has nothing to warn of', (compiler) => {
  const names = readdirSync(sources).filter((name) => name.endsWith('.c'));
  const output = path.join(temporaryDirectory(), 'helper');
  const strict = ['-Werror', '-Wconversion', '-Wshadow'];
  const { status, stderr } = spawnSync(compiler, [...compilerFlags, ...strict, '-o', output, ...names], {
    cwd: sources,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});

test('without a compiler it is refused, with the command that installs one', async () => {
  const refused = await helperProgram({ directory: temporaryDirectory() }, ['no-such-cc', 'no-such-gcc']);
  expect(refused).toEqual({
    refused: 'no C compiler (no-such-cc, no-such-gcc) to build the capture helper with',
    fix: expect.stringContaining('apt-get install'),
  });
});

test('a compiler that fails is quoted, and leaves nothing behind', async () => {
  const directory = temporaryDirectory();
  expect(await helperProgram({ directory }, ['false'])).toMatchObject({
    refused: expect.stringContaining('the capture helper cannot be built: '),
  });
  expect(readdirSync(directory)).toEqual([]);
});

test('a directory that cannot be used is named', async () => {
  const file = path.join(temporaryDirectory(), 'file');
  writeFileSync(file, '');
  expect(await helperProgram({ directory: file })).toMatchObject({ refused: expect.stringContaining(file) });
});

test('a ready-made helper is taken when nobody else can change it', async () => {
  const program = path.join(temporaryDirectory(), 'helper');
  const place = { program, directory: '/nowhere' };
  expect(await helperProgram(place)).toEqual({ refused: `there is no capture helper at ${program}` });
  writeFileSync(program, '', { mode: 0o755 });
  expect(await helperProgram(place)).toEqual({ path: program });
  chmodSync(program, 0o777);
  expect(statSync(program).mode & 0o777).toBe(0o777);
  expect(await helperProgram(place)).toMatchObject({
    refused: `${program} can be written by others, so it is not run`,
  });
});

test.skipIf(here.length === 0).each([
  [['--listen'], 2, 'requires an argument'],
  [[], 2, 'usage: '],
  [['--listen', '/x', '--snap-length', '1e9'], 2, '1e9 is not a number between'],
  [['--listen', '/x', '--blocks', '99999999999999999999'], 2, 'is not a number between'],
  [['--listen', '/x', ...Array.from({ length: 17 }, () => ['--interface', 'lo']).flat()], 2, 'more than 16 interfaces'],
])('the helper refuses %j', async (words, status, message) => {
  const built = await helperProgram(helperPlace);
  if (isRefusal(built)) throw new Error(built.refused);
  const ended = spawnSync(built.path, words, { encoding: 'utf8', input: '' });
  expect([ended.status, ended.stderr]).toEqual([status, expect.stringContaining(message)]);
});
