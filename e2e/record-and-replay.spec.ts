/** A recording is made in the browser, taken along, opened again, and sent to servers that answer right and wrong. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { findProgram } from '../scripts/system-packages.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

const hindrance =
  process.getuid?.() !== 0
    ? 'capturing needs root'
    : findProgram('tcpdump') === undefined
      ? 'tcpdump is not installed'
      : undefined;

interface Shop {
  readonly price?: number;
  readonly slowMillis?: number;
}

async function startShop({ price = 10, slowMillis = 0 }: Shop = {}): Promise<{ server: Server; url: string }> {
  const server = createServer((request, response) => {
    const answer = (value: object) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ...value, at: new Date().toISOString() }));
    };
    if (request.url === '/items') answer({ items: [{ id: 1, price }] });
    else if (request.url === '/slow') void wait(slowMillis).then(() => answer({ ok: true }));
    else answer({ path: request.url });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function kubeshark(...words: string[]) {
  const child = spawn(process.execPath, ['apps/cli/bin/kubeshark.mjs', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  return { out, code };
}

test('record, stop, download, open, replay: right, then with one changed field and one slow endpoint', async ({
  product,
  page,
}, testInfo) => {
  test.skip(hindrance !== undefined, hindrance ?? '');
  test.setTimeout(180_000);
  const shop = await startShop();
  // Other traffic of this machine is none of this story's.
  const { port } = new URL(shop.url);
  const address = await product.start('--interface', 'lo', '--bpf', `tcp port ${port}`);
  const traffic = new TrafficPage(page);
  const scope = `dst.port == ${port}`;
  await traffic.open(address, `q=${scope}`);
  // The agent may still be opening the interface.
  await expect(async () => {
    await fetch(`${shop.url}/before-the-click`);
    await expect(traffic.row('/before-the-click')).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 45_000 });

  await page.getByRole('button', { name: 'Record' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name').fill('Checkout');
  await expect(form.getByLabel('Only these calls')).toHaveValue(scope);
  await form.getByRole('button', { name: 'Start recording' }).click();
  const stop = page.getByRole('button', { name: /^Stop/ });
  await expect(stop).toBeVisible();
  for (const path of ['/items', '/slow', '/cart', '/items']) await fetch(`${shop.url}${path}`);
  await expect(stop).toHaveText('Stop (4)');
  await stop.click();

  const row = page.getByRole('row').filter({ hasText: 'Checkout' });
  await expect(row).toContainText('stopped by hand');
  const downloading = page.waitForEvent('download');
  await row.getByRole('link', { name: 'Download' }).click();
  const file = testInfo.outputPath('traffic.tar');
  await (await downloading).saveAs(file);

  await row.getByRole('button', { name: 'Open' }).click();
  await expect(page.getByRole('link', { name: /back to live traffic/ })).toContainText('Checkout');
  await expect(traffic.row('/cart')).toBeVisible();
  await expect(traffic.list.getByText('/before-the-click')).toHaveCount(0);

  const same = await kubeshark('replay', file, '--target', shop.url, '--speed', '5x');
  expect(same.out).toContain('4 as recorded, 0 different, 0 slow, 0 without an answer');
  expect(same.out).toContain('Passed over: GET /items $.at (a time; differs within the recording)');
  expect(same.code).toBe(0);

  const changed = await startShop({ price: 11, slowMillis: 900 });
  const wrong = await kubeshark('replay', file, '--target', changed.url, '--json');
  const { calls } = JSON.parse(wrong.out) as { calls: { summary: string; differences: { part: string }[] }[] };
  const found = calls.map(({ summary, differences }) => [summary, ...differences.map(({ part }) => part)]);
  expect(found.toSorted(([a = ''], [b = '']) => a.localeCompare(b))).toEqual([
    ['GET /items', 'body'],
    ['GET /items', 'body'],
    ['GET /slow', 'latency'],
  ]);
  expect(wrong.code).toBe(1);

  // The same from the browser, with a report page.
  await page.goto(`${address}/recordings`);
  await row.getByRole('button', { name: 'Replay' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Target').fill(changed.url);
  await dialog.getByRole('button', { name: 'Replay' }).click();
  await expect(page.getByRole('table', { name: 'Answers that differ' })).toContainText('$.items[0].price: 10 → 11');
  await expect(page.getByRole('heading', { name: '3 answers are not the recorded ones' })).toBeVisible();
  shop.server.close();
  changed.server.close();
});

test('a capture dropped on the page is opened beside the live traffic', async ({ product, page }) => {
  const address = await product.start();
  const traffic = new TrafficPage(page);
  await traffic.open(address);
  await expect(page.getByRole('status', { name: 'Counts' })).toBeVisible();
  const bytes = await readFile('packages/capture/fixtures/http/node-shop/input.pcap');
  // A function given as text: it runs in the browser, whose names are unknown here.
  const dropped = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob("${bytes.toString('base64')}"), (sign) => sign.charCodeAt(0));
    transfer.items.add(new File([bytes], 'shop.pcap'));
    return transfer;
  })()`);
  await expect(async () => {
    await page.dispatchEvent('body', 'dragover', { dataTransfer: dropped });
    await expect(page.getByText('Drop a recording, capture or HAR file to open it')).toBeVisible({ timeout: 1000 });
  }).toPass();
  await page.dispatchEvent('body', 'drop', { dataTransfer: dropped });
  await expect(page.getByRole('link', { name: /back to live traffic/ })).toContainText('shop.pcap');
  await expect(traffic.row('/orders')).toBeVisible();
  await page.getByRole('link', { name: 'Map' }).click();
  await expect(page).toHaveURL(/s=[0-9a-f]{12}/);
});
