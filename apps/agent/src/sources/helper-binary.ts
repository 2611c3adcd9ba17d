/**
 * The capture helper as a program: given ready-made, or built from its C sources when first asked for and kept under the hash
 * of everything that went into it.
 */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Refusal } from './source.ts';

const sources = fileURLToPath(new URL('../../helper', import.meta.url));
const PROGRAM = 'kubeshark-helper';
const compilers = ['cc', 'gcc', 'clang'];
/** Warnings are errors in our own tests only: a newer compiler's new warning must not take capture away. */
export const compilerFlags: readonly string[] = [
  ...['-std=gnu11', '-O2', '-Wall', '-Wextra', '-fPIE', '-pie', '-s'],
  ...['-D_FORTIFY_SOURCE=2', '-fstack-protector-strong', '-Wl,-z,relro,-z,now'],
];
/** Building takes half a second; a compiler that does not end must not hold the agent up. */
const BUILD_MILLIS = 60_000;

export interface HelperPlace {
  /** A ready-made helper. */
  readonly program?: string | undefined;
  /** Where helpers are kept that were built here. */
  readonly directory: string;
}

interface HelperProgram {
  readonly path: string;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Path of the helper, built when it is not there yet. */
export async function helperProgram(
  { program, directory }: HelperPlace,
  candidates: readonly string[] = compilers,
): Promise<HelperProgram | Refusal> {
  if (program !== undefined) return (await whyNotRunnable(program)) ?? { path: program };
  let names: readonly string[];
  let hash: string;
  try {
    names = (await readdir(sources)).filter((name) => /\.[ch]$/.test(name)).sort();
    hash = await hashOf(names);
  } catch (error) {
    return { refused: `the sources of the capture helper are not here: ${messageOf(error)}` };
  }
  const folder = path.join(directory, hash);
  const built = path.join(folder, PROGRAM);
  const known = await stat(built).catch(() => undefined);
  if (known !== undefined) return (await whyNotRunnable(built)) ?? { path: built };
  try {
    const failure = await build(folder, { names: names.filter((name) => name.endsWith('.c')), candidates });
    return failure ?? { path: built };
  } catch (error) {
    return { refused: `the capture helper cannot be kept in ${directory}: ${messageOf(error)}` };
  }
}

/** It runs with the agent's privileges: somebody else's file, or one that others may write, is left alone. */
async function whyNotRunnable(program: string): Promise<Refusal | undefined> {
  const found = await stat(program).catch(() => undefined);
  if (found === undefined || !found.isFile()) return { refused: `there is no capture helper at ${program}` };
  const isOurs = found.uid === 0 || found.uid === process.getuid?.();
  if (isOurs && (found.mode & 0o022) === 0) return undefined;
  return { refused: `${program} can be written by others, so it is not run`, fix: `rm ${program}` };
}

async function hashOf(names: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([process.arch, compilerFlags]));
  for (const name of names) hash.update(`\0${name}\0`).update(await readFile(path.join(sources, name)));
  return hash.digest('hex').slice(0, 16);
}

/** Built aside and moved into place whole: two agents may build at once. */
async function build(
  folder: string,
  { names, candidates }: { readonly names: readonly string[]; readonly candidates: readonly string[] },
): Promise<Refusal | undefined> {
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o700 });
  const aside = await mkdtemp(`${folder}-`);
  try {
    const failure = await compile(names, { output: path.join(aside, PROGRAM), candidates });
    if (failure !== undefined) return failure;
    await chmod(path.join(aside, PROGRAM), 0o755);
    // Whoever comes second finds the same program there.
    await rename(aside, folder).catch(() => stat(path.join(folder, PROGRAM)));
    return undefined;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function compile(
  names: readonly string[],
  { output, candidates }: { readonly output: string; readonly candidates: readonly string[] },
): Promise<Refusal | undefined> {
  for (const compiler of candidates) {
    const said = await run(compiler, [...compilerFlags, '-o', output, ...names]);
    if (said === 'missing') continue;
    return said === undefined ? undefined : { refused: `the capture helper cannot be built: ${said}` };
  }
  return {
    refused: `no C compiler (${candidates.join(', ')}) to build the capture helper with`,
    fix: 'apt-get install -y --no-install-recommends gcc libc6-dev (as root)',
  };
}

/** Undefined when it went well, else the first line that says why not. */
function run(compiler: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(compiler, words, { cwd: sources, timeout: BUILD_MILLIS }, (error, _out, said) => {
      if (error === null) return resolve(undefined);
      if (error.code === 'ENOENT') return resolve('missing');
      resolve(said.split('\n').find((line) => /error/i.test(line)) ?? error.message);
    });
  });
}
