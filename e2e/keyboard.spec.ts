import { openShopFile } from './pages/opened-file.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

test('the whole way without a mouse: query, list, inspector, palette, theme', async ({ product, page }) => {
  const address = await openShopFile(product);
  const traffic = new TrafficPage(page);
  await traffic.open(address, 't=all');
  await expect(traffic.row('/orders')).toBeVisible();
  const { keyboard } = page;

  await keyboard.press('/');
  await keyboard.type('http and request.method == "GET"');
  await keyboard.press('Control+Enter');
  await expect(page).toHaveURL((url) => url.searchParams.get('q') === 'http and request.method == "GET"');

  await expect(traffic.row('GET')).toBeVisible();
  await traffic.list.focus();
  await keyboard.press('Home');
  await keyboard.press('Enter');
  await expect(traffic.inspector).toBeVisible();
  const first = page.url();
  await traffic.list.focus();
  await keyboard.press('j');
  await expect(page).not.toHaveURL(first);
  await keyboard.press('Escape');
  await expect(traffic.inspector).toHaveCount(0);

  await keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Command' }).fill('Dashboard');
  await keyboard.press('Enter');
  await expect(page).toHaveURL(/\/dashboard/);
  await keyboard.press('g');
  await keyboard.press('m');
  await expect(page).toHaveURL(/\/map/);
  await keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Find a command');
});

test('a chosen theme stays', async ({ product, page }) => {
  const address = await openShopFile(product);
  await page.goto(`${address}/settings`);
  await page.getByText('Light', { exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'light');
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'light');
});
