/** A list arranged by hand stays so; calls are compared, marked and filtered by; a map is taken along as a file. */

import { readFile } from 'node:fs/promises';
import type { Download, Page } from '@playwright/test';
import { openShopFile } from './pages/opened-file.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

const titles = (traffic: TrafficPage) => traffic.list.getByRole('columnheader').allInnerTexts();

async function saved(page: Page, item: string): Promise<Download> {
  await page.getByRole('button', { name: 'Save the map' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: item }).click();
  return downloading;
}
const bytesOf = async (download: Download) => readFile(await download.path());

test('columns are chosen, sized, moved and sorted, and stay after a reload', async ({ product, page }) => {
  const address = await openShopFile(product);
  const traffic = new TrafficPage(page);
  await traffic.open(address, 't=all');
  await expect(traffic.row('/orders')).toBeVisible();

  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Sent' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Source' }).click();
  await page.keyboard.press('Escape');
  await expect(traffic.list.getByRole('columnheader', { name: 'Sent' })).toBeVisible();
  await expect(traffic.list.getByRole('columnheader', { name: 'Source' })).toHaveCount(0);

  const heading = (name: string) => traffic.list.getByRole('columnheader', { name });
  const grip = traffic.list.getByRole('separator', { name: 'Width of Status' });
  const before = Number(await grip.getAttribute('aria-valuenow'));
  const box = (await grip.boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 40, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(grip).toHaveAttribute('aria-valuenow', String(before + 40));

  await heading('Latency').getByRole('button').dragTo(heading('Protocol').getByRole('button'));
  const dragged = await titles(traffic);
  expect(dragged.indexOf('Latency')).toBe(dragged.indexOf('Protocol') - 1);
  await heading('Method').getByRole('button').dragTo(heading('Destination').getByRole('button'));
  await heading('Time').getByRole('button').focus();
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Shift+ArrowRight');
  const moved = await titles(traffic);
  expect(moved.indexOf('Method')).toBe(moved.indexOf('Destination') + 1);
  expect(moved.slice(0, 3)).toEqual(['Latency', 'Protocol', 'Time']);

  await heading('Latency').getByRole('button').click();
  await expect(heading('Latency')).toHaveAttribute('aria-sort', 'descending');
  const latencies = traffic.list.locator('[data-column="latency"]');
  const sorted = await latencies.allTextContents();
  const millis = sorted
    .filter((text) => text !== '–')
    .map((text) => Number.parseFloat(text) * (/ s$/.test(text) ? 1000 : 1));
  expect(millis).toEqual(millis.toSorted((a, b) => b - a));

  await page.reload();
  await expect(traffic.row('/orders')).toBeVisible();
  expect(await titles(traffic)).toEqual(moved);
  await expect(grip).toHaveAttribute('aria-valuenow', String(before + 40));
  await expect(heading('Latency')).toHaveAttribute('aria-sort', 'descending');
  await expect(latencies.first()).toHaveText(sorted[0] ?? '');

  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('menuitem', { name: 'Reset the columns' }).click();
  await page.keyboard.press('Escape');
  await expect(heading('Source')).toBeVisible();
});

test('two calls are compared, one is marked, a value filters and says that it does', async ({ product, page }) => {
  const address = await openShopFile(product);
  const traffic = new TrafficPage(page);
  await traffic.open(address, 't=all');
  const posts = traffic.list.getByRole('row').filter({ hasText: 'POST' });
  const gets = traffic.list.getByRole('row').filter({ hasText: 'GET' });
  await posts.first().click({ modifiers: ['ControlOrMeta'] });
  await gets.first().click({ modifiers: ['ControlOrMeta'] });
  await page.getByRole('group', { name: 'Selected calls' }).getByRole('button', { name: 'Compare' }).click();
  const comparison = page.getByRole('complementary', { name: 'Comparison' });
  const method = comparison
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name: /^(request\.)?method$/ }) });
  await expect(method.first()).toContainText('POST');
  await expect(method.first()).toContainText('GET');
  await page.reload();
  await expect(method.first()).toContainText('POST');
  await comparison.getByRole('button', { name: 'Close the comparison' }).click();

  await posts.first().click();
  await traffic.list.focus();
  await page.keyboard.press('m');
  const dialog = page.getByRole('dialog', { name: 'Mark this call' });
  await dialog.getByRole('textbox').fill('The one the customer meant');
  await dialog.getByRole('button', { name: 'Mark', exact: true }).click();
  await expect(traffic.inspector).toContainText('The one the customer meant');
  await page.reload();
  await expect(traffic.inspector).toContainText('The one the customer meant');
  await expect(posts.first()).toHaveAttribute('data-mark', '');

  // Beside the inspector there is no room for the column.
  await page.keyboard.press('Escape');
  const show = page.getByRole('menuitemcheckbox', { name: 'Show only these' });
  await posts.first().locator('[data-column="method"]').click({ button: 'right' });
  await expect(show).toHaveAttribute('aria-checked', 'false');
  await show.click();
  await expect(page).toHaveURL((url) => url.searchParams.get('q') === 'request.method == "POST"');
  await expect(gets).toHaveCount(0);
  await posts.first().locator('[data-column="method"]').click({ button: 'right' });
  await expect(show).toHaveAttribute('aria-checked', 'true');
  await show.click();
  await expect(page).toHaveURL((url) => !url.searchParams.has('q'));
  await expect(gets.first()).toBeVisible();
});

test('the map is saved as a picture, as a drawing and as data', async ({ product, page }) => {
  const address = await openShopFile(product);
  await page.goto(`${address}/map?t=all&by=ip`);
  await expect(page.getByRole('tab', { name: /^Calls/ })).toBeVisible();

  const png = await saved(page, 'Save as PNG');
  expect(png.suggestedFilename()).toBe('service-map.png');
  const picture = await bytesOf(png);
  expect(picture.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  // Width and height stand at the beginning of the first chunk.
  expect(picture.readUInt32BE(16)).toBeGreaterThan(100);
  expect(picture.readUInt32BE(20)).toBeGreaterThan(50);

  const json = JSON.parse((await bytesOf(await saved(page, 'Save as JSON'))).toString()) as {
    nodes: { id: string; name: string }[];
    edges: { calls: number }[];
  };
  expect(json.nodes.length).toBeGreaterThan(0);
  expect(json.edges.length).toBeGreaterThan(0);

  const svg = (await bytesOf(await saved(page, 'Save as SVG'))).toString();
  expect(svg).toMatch(/^<svg[^>]+xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  for (const { name } of json.nodes) expect(svg).toContain(name);
});
