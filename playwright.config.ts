import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Debian's browser: nothing is downloaded. Another one may be named where that is elsewhere. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
if (!existsSync(executablePath))
  throw new Error(`no browser at ${executablePath}: apt-get install chromium, or set CHROMIUM`);

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Each spec runs the whole product; two at once would share two cores with two stores.
  workers: 1,
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 20_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1440, height: 900 },
    video: 'off',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath,
      // As root there is no sandbox; the rest keeps the browser from calling home.
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
