import { openShopFile } from './pages/opened-file.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

test('a number on the dashboard leads to the calls behind it', async ({ product, page }) => {
  const address = await openShopFile(product);
  await page.goto(`${address}/dashboard?t=all`);
  const top = page.getByRole('table', { name: 'Top endpoints' });
  const first = top.locator('tbody tr').first().getByRole('button');
  const endpoint = await first.textContent();
  await first.click();
  await expect(page).toHaveURL(
    (url) =>
      url.searchParams.get('q') === `endpoint == ${JSON.stringify(endpoint)}` && url.searchParams.get('t') === 'all',
  );
  await expect(new TrafficPage(page).list.getByRole('row').nth(1)).toBeVisible();
});

test('a chart says which PromQL it equals', async ({ product, page }) => {
  const address = await openShopFile(product);
  await page.goto(`${address}/dashboard?t=all`);
  await page.getByRole('region', { name: 'Request rate' }).getByRole('button', { name: 'PromQL' }).click();
  await expect(page.getByText('rate(kubeshark_requests_total[5m])')).toBeVisible();
});

test('a moment of a chart opens its calls', async ({ product, page }) => {
  const address = await openShopFile(product);
  await page.goto(`${address}/dashboard?t=all`);
  const chart = page.getByRole('region', { name: 'By protocol' });
  await expect(chart.getByText('http')).toBeVisible();
  // The first call of the file is at the very left.
  await chart.locator('.u-over').click({ position: { x: 2, y: 20 } });
  await expect(page).toHaveURL(
    (url) => url.searchParams.get('q') === 'protocol == "http"' && /^\d+-\d+$/.test(url.searchParams.get('t') ?? ''),
  );
  await expect(new TrafficPage(page).row('/login')).toBeVisible();
});
