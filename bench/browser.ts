/**
 * The page while thousands of calls a second come in: a hub is given recorded calls over the agent link at a steady pace, so
 * that capturing and making traffic take nothing from the cores, and Chromium shows all of them. `KUBESHARK_BENCH_RATE=2000`
 * for another pace.
 */

import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Browser, chromium, type Page } from '@playwright/test';
import type { Entry } from '../packages/model/src/index.ts';
import { buildWeb } from '../scripts/build.ts';
import { type PageWork, traced } from './page-work.ts';
import { type RunningHub, ship, startHub, stopHub } from './running-hub.ts';

const DEFAULT_RATE = 5_000;
const ROUNDS = 3;
/** Until the page has a full ring of rows, and everything is compiled. */
const SETTLE_MILLIS = 12_000;
const ROUND_MILLIS = 8_000;
const STEP_MILLIS = 700;
const PRIORITY = -15;

/** Every call of every recorded fixture. */
function recordedCalls(): readonly Entry[] {
  const root = path.join(import.meta.dirname, '../packages/capture/fixtures');
  return globSync('*/*/expected.json', { cwd: root }).flatMap(
    (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Entry[],
  );
}

/**
 * Before other work on this machine. Linux shares cores between sessions first, and only then by priority: "The autogroup
 * feature" in sched(7); the browser has a session of its own.
 */
function hurry(): void {
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  for (const pid of ['self', ...children]) {
    try {
      writeFileSync(`/proc/${pid}/autogroup`, String(PRIORITY));
    } catch {
      // Without root, or in a kernel without sessions: the numbers say how much else ran.
    }
  }
}

async function open(browser: Browser, { url }: RunningHub): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${url}/traffic`);
  await page.locator('.monaco-editor').first().waitFor();
  return page;
}

const countsOf = (page: Page) => page.getByRole('status', { name: 'Counts' });

async function matched(page: Page): Promise<number> {
  const text = (await countsOf(page).textContent()) ?? '';
  return Number(/([\d,]+)\s*matched/.exec(text)?.[1]?.replaceAll(',', ''));
}

/** What a person does in the middle of it: scrolls away, comes back, opens a call, looks at its answer, closes it. */
async function work(page: Page): Promise<void> {
  const list = page.getByRole('grid', { name: 'Calls' });
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  const until = performance.now() + ROUND_MILLIS;
  while (performance.now() < until) {
    await list.hover();
    for (const by of [-300, -900, -3000, 600]) {
      await page.mouse.wheel(0, by);
      await setTimeout(STEP_MILLIS / 4);
    }
    await page.getByRole('button', { name: /new$/ }).click();
    await setTimeout(STEP_MILLIS);
    await list.getByRole('row').nth(9).click({ force: true });
    await inspector.getByRole('tab', { name: 'Response' }).click();
    await setTimeout(STEP_MILLIS);
    await page.getByRole('button', { name: 'Close the inspector' }).click();
  }
}

const inWords = ({ long, longestOwn, ownAbove50, framesPerSecond, busy }: PageWork): string =>
  `tasks above 50 ms: ${long.length} by the clock (longest ${Math.max(0, ...long)} ms), ${ownAbove50} of their own ` +
  `(longest ${longestOwn.toFixed(0)} ms); ${framesPerSecond.toFixed(0)} frames/s, ${(busy * 100).toFixed(0)} % of a core`;

export async function browser(): Promise<void> {
  const rate = Number(process.env['KUBESHARK_BENCH_RATE'] ?? DEFAULT_RATE);
  if (!buildWeb()) throw new Error('the application was not built');
  const calls = recordedCalls();
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-bench-'));
  const hub = await startHub(path.join(directory, 'hub'));
  // A desktop gives its browser a core; what captures and stores runs elsewhere.
  setPriority(PRIORITY);
  const app = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  setPriority(0);
  hurry();
  let isOver = false;
  try {
    const page = await open(app, hub);
    const [started, firstMicros] = [performance.now(), Date.now() * 1000];
    const shipping = ship(hub, {
      spool: path.join(directory, 'spool'),
      goesOn: () => !isOver,
      due: () => ((performance.now() - started) / 1000) * rate,
      entryAt: (n) => {
        const timestamp = firstMicros + Math.floor((n * 1e6) / rate);
        return { ...(calls[n % calls.length] as Entry), id: String((BigInt(timestamp) << 12n) | 1n), timestamp };
      },
    });
    await setTimeout(SETTLE_MILLIS);
    console.log(`browser: ${calls.length} recorded calls again and again, ${rate} a second asked for`);
    for (const [name, doing] of [
      ['watching', () => setTimeout(ROUND_MILLIS)],
      ['scrolling and opening', () => work(page)],
    ] as const) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const [before, at] = [await matched(page), performance.now()];
        const done = await traced(app, doing);
        const perSecond = ((await matched(page)) - before) / ((performance.now() - at) / 1000);
        console.log(`  ${name}: ${perSecond.toFixed(0)} calls/s taken; ${inWords(done)}`);
      }
    }
    const counts = (await countsOf(page).locator('span').allTextContents()).filter((text) => text !== '');
    console.log(`  ${counts.join(', ')}`);
    isOver = true;
    const { offered, lost } = await shipping;
    console.log(`  ${offered} offered, ${lost} lost on the way to the hub`);
  } finally {
    isOver = true;
    await app.close();
    await stopHub(hub);
    await rm(directory, { recursive: true });
  }
}
