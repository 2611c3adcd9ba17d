import { openShopFile } from './pages/opened-file.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

test('a link to a call survives a reload; one to a call that is gone says so', async ({ product, page }) => {
  const address = await openShopFile(product);
  const traffic = new TrafficPage(page);
  await traffic.open(address, 't=all');
  await traffic.inspect('/orders');
  await traffic.show('Response');
  await expect(page).toHaveURL(/e=\d+.*tab=response/);
  const title = await traffic.inspector.getByRole('heading', { level: 2 }).textContent();

  await page.reload();
  await expect(traffic.inspector.getByRole('heading', { level: 2 })).toHaveText(title ?? '');
  await expect(traffic.inspector.getByRole('tab', { name: 'Response' })).toHaveAttribute('aria-selected', 'true');

  await page.goto(`${address}/traffic?t=all&e=1`);
  await expect(page.getByText('This call is no longer here')).toBeVisible();
});
