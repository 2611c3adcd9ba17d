import { Frame } from './pages/frame.ts';
import { openShopFile } from './pages/opened-file.ts';
import { expect, test } from './product.ts';

test('choosing on the map, and a query applied there, stay on the map', async ({ product, page }) => {
  const address = await openShopFile(product);
  await page.goto(`${address}/map?t=all&by=ip`);
  await page.getByRole('tab', { name: /^Addresses/ }).click();
  await page.getByRole('table', { name: 'Addresses' }).getByRole('button', { name: '127.0.0.1' }).click();
  await expect(page).toHaveURL((url) => url.pathname === '/map' && url.searchParams.get('node') === '127.0.0.1');
  await expect(page.getByRole('region', { name: '127.0.0.1' })).toBeVisible();
  await new Frame(page).filter('http');
  await expect(page).toHaveURL((url) => url.pathname === '/map' && url.searchParams.get('q') === 'http');
});
