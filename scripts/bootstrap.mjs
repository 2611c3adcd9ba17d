// Runs on any Node 20 with npm and nothing else: gets pnpm and the pinned packages (Node 24 among them), then hands over
// to scripts/start.ts or scripts/test.ts on that Node. Plain JavaScript because Node 20 does not run TypeScript.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [task, ...rest] = process.argv.slice(2);
const tasks = { start: 'scripts/start.ts', test: 'scripts/test.ts' };
const script = tasks[task];
if (script === undefined) {
  process.stderr.write(`usage: node scripts/bootstrap.mjs ${Object.keys(tasks).join('|')} [options]\n`);
  process.exit(2);
}

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const install = spawnSync('npx', ['--yes', packageManager, 'install', '--frozen-lockfile', '--reporter=append-only'], {
  cwd: root,
  // stdout stays clean for the task's own output.
  stdio: ['ignore', 2, 2],
  env: { ...process.env, CI: 'true' },
});
if (install.status !== 0) {
  process.stderr.write('Installing the packages failed (see above). Is the npm registry reachable?\n');
  process.exit(install.status ?? 1);
}

const pinned = join(root, 'node_modules/.bin/node');
const ownMajor = Number(process.versions.node.split('.')[0]);
if (!existsSync(pinned) && ownMajor < 24) {
  process.stderr.write(`No pinned Node for ${process.platform}-${process.arch}: run this with Node 24 or newer.\n`);
  process.exit(1);
}

const child = spawn(existsSync(pinned) ? pinned : process.execPath, [join(root, script), ...rest], {
  cwd: root,
  stdio: 'inherit',
  // chDB runs its queries on libuv's pool; the default of 4 would let four of them stop all file access.
  env: {
    ...process.env,
    UV_THREADPOOL_SIZE: process.env['UV_THREADPOOL_SIZE'] ?? '16',
    PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
  },
});
// A signal sent to this process alone must end the whole tree; one from the terminal reaches the child by itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
