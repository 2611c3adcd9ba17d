/** What tests of live capture share: the built helper, what this machine allows, namespaces, and frames kept for looking at. */

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { openHelper } from '../sources/helper.ts';
import { type HelperPlace, helperProgram } from '../sources/helper-binary.ts';
import { type CaptureSource, isRefusal, type LiveOptions } from '../sources/source.ts';

/** One build serves all tests. */
export const helperPlace: HelperPlace = {
  directory: fileURLToPath(new URL('../../../../.cache/helper', import.meta.url)),
};

/** Why live capture cannot be tested here; undefined when it can. */
export async function whyNoCapture(): Promise<string | undefined> {
  const opened = await openHelper({ interfaces: ['lo'] }, helperPlace);
  if (isRefusal(opened)) return opened.refused;
  await opened.close();
  await opened.read({ frame: () => undefined });
  return undefined;
}

/** Why network namespaces cannot be made here; undefined when they can. */
export function whyNoNamespaces(): string | undefined {
  const name = `ks-probe-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.error !== undefined) return 'ip (iproute2) is not installed';
  spawnSync('ip', ['netns', 'delete', name]);
  return made.status === 0 ? undefined : `no network namespaces: ${made.stderr.trim()}`;
}

export function run(...[program, ...words]: [string, ...string[]]): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${error?.message ?? stderr}`);
  return stdout;
}

/** A network namespace of the test's own, with loopback up. */
export function namespace(): string {
  const name = `ks-${randomBytes(4).toString('hex')}`;
  run('ip', 'netns', 'add', name);
  onTestFinished(() => void spawnSync('ip', ['netns', 'delete', name]));
  run('ip', '-n', name, 'link', 'set', 'lo', 'up');
  return name;
}

/** The helper behind another program: in a namespace, or as another user. */
export async function helperBehind(...words: readonly string[]): Promise<HelperPlace> {
  const built = await helperProgram(helperPlace);
  if (isRefusal(built)) throw new Error(built.refused);
  const folder = mkdtempSync(path.join(tmpdir(), 'kubeshark-behind-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = path.join(folder, 'helper');
  // `exec` keeps the process the agent knows; the environment of a helper is empty.
  writeFileSync(
    program,
    `#!/bin/sh\nexport PATH=/usr/sbin:/usr/bin:/sbin:/bin\nexec ${words.join(' ')} ${built.path} "$@"\n`,
  );
  chmodSync(program, 0o755);
  return { ...helperPlace, program };
}

export interface SeenFrame {
  readonly interface: string | undefined;
  readonly linkType: number;
  /** Behind the link header. */
  readonly packet: Buffer;
}

const SLL2_BYTES = 20;

/** A source that is being read; what it gave so far, and a way to wait for more. */
export class Watched {
  readonly frames: SeenFrame[] = [];
  readonly source: CaptureSource;
  readonly ended: Promise<unknown>;
  readonly #names: (string | undefined)[] = [];
  #wake: () => void = () => undefined;

  constructor(source: CaptureSource) {
    this.source = source;
    this.ended = source.read({
      interface: ({ name }) => this.#names.push(name),
      frame: ({ bytes, start, end, interfaceId, linkType }) => {
        const packet = Buffer.from(bytes.slice(start + SLL2_BYTES, end));
        this.frames.push({ interface: this.#names[interfaceId], linkType, packet });
        this.#wake();
      },
    });
    onTestFinished(async () => {
      await source.close();
      await this.ended;
    });
  }

  static async open(
    options: LiveOptions,
    place: HelperPlace & { readonly blocks?: number } = helperPlace,
  ): Promise<Watched> {
    const opened = await openHelper(options, place);
    if (isRefusal(opened)) throw new Error(opened.refused);
    return new Watched(opened);
  }

  /** Payloads of UDP packets over IPv4 so far. */
  get texts(): readonly string[] {
    return this.frames.map(({ packet }) => packet.subarray(28).toString());
  }

  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      // Not everything that is waited for is a frame.
      const timer = setTimeout(resolve, 50);
      await promise;
      clearTimeout(timer);
    }
  }
}
