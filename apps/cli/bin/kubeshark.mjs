#!/usr/bin/env node
// Runs on any Node 20: hands over to the pinned Node 24, which runs TypeScript. Plain JavaScript for that reason.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import * as module from 'node:module';
import { fileURLToPath } from 'node:url';

const main = new URL('../src/main.ts', import.meta.url);
const pinned = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
const isPinned = existsSync(pinned) && realpathSync(pinned) === realpathSync(process.execPath);
const ownMajor = Number(process.versions.node.split('.')[0]);

if (isPinned || (!existsSync(pinned) && ownMajor >= 24)) {
  // Compiled once for this user: every later command starts in a third of the time.
  module.enableCompileCache();
  await import(main.href);
} else if (existsSync(pinned)) {
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  // A signal sent to this process alone must reach the command; one from the terminal reaches it by itself.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
} else {
  process.stderr.write(
    `kubeshark needs Node 24 or newer; this is ${process.version}. Run npm start once, it gets one.\n`,
  );
  process.exit(1);
}
