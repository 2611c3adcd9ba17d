/** The whole product for one story: hub, agent and store as real processes on free ports, with a data directory of their own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test as base } from '@playwright/test';

const root = join(import.meta.dirname, '..');
const START_MILLIS = 60_000;

export interface Product {
  /** Settings of hub and agent beside the command line's. */
  environment: Readonly<Record<string, string>>;
  /** Runs `kubeshark serve` with these arguments; answers the address once it is ready. */
  start(...args: string[]): Promise<string>;
}

class RunningProduct implements Product {
  readonly #dataDir = mkdtempSync(join(tmpdir(), 'kubeshark-e2e-'));
  environment: Readonly<Record<string, string>> = {};
  #process: ChildProcess | undefined;

  async start(...args: string[]): Promise<string> {
    const command = ['apps/cli/bin/kubeshark.mjs', 'serve', '--port', '0', '--data-dir', this.#dataDir, ...args];
    const child = spawn(process.execPath, command, {
      cwd: root,
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said += text.toString();
    });
    const lines = createInterface({ input: child.stdout });
    const timeout = setTimeout(() => child.kill('SIGTERM'), START_MILLIS);
    try {
      for await (const line of lines) {
        const address = /ready: (http:\S+)/.exec(line)?.[1];
        if (address !== undefined) return address;
      }
    } finally {
      clearTimeout(timeout);
    }
    throw new Error(`the product did not start: ${said}`);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}

export const test = base.extend<{ product: Product }>({
  // Playwright reads the names of what a fixture needs from this pattern: none.
  // biome-ignore lint/correctness/noEmptyPattern: see above
  product: async ({}, use) => {
    const product = new RunningProduct();
    await use(product);
    await product.stop();
  },
});
export { expect } from '@playwright/test';
