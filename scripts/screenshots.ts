/** `node scripts/screenshots.ts`: docs/screenshots from the demo shop's real traffic, each page in both themes. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { chromium } from '@playwright/test';

const root = join(import.meta.dirname, '..');
const target = join(root, 'docs/screenshots');
/** The shop needs a while until every screen has something to show. */
const TRAFFIC_MILLIS = 40_000;

const shots = [
  ['traffic', 'traffic'],
  ['endpoints', 'traffic?group=endpoint'],
  ['map', 'map'],
  ['dashboard', 'dashboard'],
  [
    'queries',
    `queries?${new URLSearchParams({ q: 'http and (response.status >= 500 or response.latency > 500ms)' }).toString()}`,
  ],
  ['recordings', 'recordings'],
  ['settings', 'settings'],
] as const;

/** Starts a part of the product and waits for the line that names its address. */
async function start(...args: string[]): Promise<{ readonly child: ChildProcess; readonly address: string }> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /(http:\/\/\S+)/.exec(line)?.[1];
    if (address !== undefined) return { child, address };
  }
  throw new Error(`${args[0]} did not start`);
}

const data = mkdtempSync(join(tmpdir(), 'kubeshark-screenshots-'));
mkdirSync(target, { recursive: true });
const hub = await start('apps/cli/bin/kubeshark.mjs', 'serve', '--port', '0', '--data-dir', data, '--interface', 'lo');
const shop = await start('apps/demo/src/main.ts');
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
});
try {
  await pause(TRAFFIC_MILLIS);
  for (const colorScheme of ['dark', 'light'] as const) {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme });
    for (const [name, path] of shots) {
      await page.goto(`${hub.address}/${path}`);
      await pause(4000);
      if (name === 'traffic') {
        // A row that is clicked should stand still.
        await page.getByRole('button', { name: 'Pause' }).click();
        await page.getByRole('grid').getByRole('row').filter({ hasText: 'POST' }).last().click();
        await pause(2000);
      }
      await page.screenshot({ path: join(target, `${name}-${colorScheme}.png`) });
    }
    await page.close();
  }
} finally {
  await browser.close();
  // The agent still writes while it ends: the folder goes after it.
  for (const { child } of [shop, hub]) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(data, { recursive: true, force: true });
}
