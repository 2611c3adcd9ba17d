/**
 * The demo shop: each part is a process of its own on loopback, so that its traffic and its names are real.
 *
 *   shoppers ─▶ storefront ─▶ catalogue ─▶ redis (when installed)
 *                    ├──────▶ orders ────▶ inventory (gRPC), payments
 *                    └──────▶ recommendations (nobody listens there: connections are refused)
 */

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';

const addresses: Record<string, string> = {};
const processes: ChildProcess[] = [];

/** Starts a part and waits until it has said where it listens. */
async function start(name: string, ...needs: string[]): Promise<void> {
  const known = needs.flatMap((need) => (addresses[need] === undefined ? [] : [`${need}=${addresses[need]}`]));
  const child = fork(join(import.meta.dirname, `${name}.ts`), known, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  processes.push(child);
  addresses[name] = await new Promise<string>((resolve, reject) => {
    child.once('message', (message) => resolve((message as { address: string }).address));
    child.once('exit', (code) => reject(new Error(`${name} ended with code ${code}`)));
  });
}

/** A port of loopback on which nobody listens. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A real Redis without persistence when the machine has one; the shop works without. */
async function startRedis(): Promise<void> {
  const port = await freePort();
  const redis = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const ready = await new Promise<boolean>((resolve) => {
    redis.once('error', () => resolve(false));
    redis.stdout.on('data', (text: Buffer) => text.includes('Ready to accept connections') && resolve(true));
    redis.once('exit', () => resolve(false));
  });
  if (!ready) return;
  redis.stdout.resume();
  processes.push(redis);
  addresses['redis'] = `127.0.0.1:${port}`;
}

process.on('exit', () => {
  for (const child of processes) child.kill('SIGTERM');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(0));

await startRedis();
addresses['recommendations'] = `127.0.0.1:${await freePort()}`;
await start('catalogue', 'redis');
await start('payments');
await start('inventory');
await start('orders', 'inventory', 'payments');
await start('storefront', 'catalogue', 'orders', 'recommendations');
await start('shoppers', 'storefront', 'catalogue');
process.stdout.write(`The demo shop is open: http://${addresses['storefront']}\n`);
