import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const program = `
import * as module from 'node:module';
if (process.argv[1] !== undefined) module.enableCompileCache(process.argv[1]);
const { partEnvironment } = await import(${JSON.stringify(path.join(import.meta.dirname, 'part-file.ts'))});
console.log(JSON.stringify(partEnvironment()));
`;

function environmentOf(...words: readonly string[]): Record<string, string> {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program, ...words], {
    encoding: 'utf8',
    env,
  });
  return JSON.parse(stdout) as Record<string, string>;
}

test('a part finds what the command keeps compiled, where it keeps any', () => {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'kubeshark-compiled-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  expect(environmentOf(folder)).toEqual({ NODE_COMPILE_CACHE: folder });
  expect(environmentOf()).toEqual({});
});
