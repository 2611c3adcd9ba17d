/**
 * `pnpm dev [serve options]`: hub and agent, started anew when a source changes, beside Vite's server, which reloads the page.
 * Without options a recorded capture is loaded, so that every screen has something to show.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const web = join(root, 'apps/web');
const watched = ['apps/agent/src', 'apps/bff/src', 'apps/cli/src', 'packages'];
/** A save touches several files: one restart for all of them. */
const SETTLE_MILLIS = 300;

const given = process.argv.slice(2);
const sample = ['--read', join(root, 'packages/capture/fixtures/http/node-shop/input.pcap')];
const serve = [
  join(root, 'apps/cli/bin/kubeshark.mjs'),
  'serve',
  '--data-dir',
  join(root, '.cache/dev-data'),
  ...(given.length > 0 ? given : sample),
];

const startProduct = (): ChildProcess => spawn(process.execPath, serve, { stdio: 'inherit' });
let product = startProduct();
const vite = spawn('vite', ['--clearScreen', 'false'], {
  cwd: web,
  stdio: 'inherit',
  env: { ...process.env, PATH: [join(web, 'node_modules/.bin'), process.env['PATH']].join(delimiter) },
});

async function stopProduct(): Promise<void> {
  if (product.exitCode !== null || product.signalCode !== null) return;
  const ended = once(product, 'exit');
  product.kill('SIGTERM');
  await ended;
}

let settling: NodeJS.Timeout | undefined;
for (const folder of watched) {
  watch(join(root, folder), { recursive: true }, (_event, file) => {
    if (file === null || !/\.ts$/.test(file) || /\.test\.ts$|node_modules/.test(file)) return;
    clearTimeout(settling);
    settling = setTimeout(() => {
      void stopProduct().then(() => {
        product = startProduct();
      });
    }, SETTLE_MILLIS);
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    vite.kill('SIGTERM');
    void stopProduct().then(() => process.exit(0));
  });
}
