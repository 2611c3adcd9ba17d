import { call, captureHindrance, Mesh } from './mesh.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

test('the slowest endpoint is found in two clicks, and one of its calls is opened', async ({ product, page }) => {
  test.skip(captureHindrance !== undefined, captureHindrance ?? '');
  const mesh = new Mesh();
  const shop = await mesh.serve('127.0.0.42');
  const address = await product.start('--interface', 'lo');
  const traffic = new TrafficPage(page);
  await traffic.open(address, `q=dst.port == ${shop.port}`);
  await expect(async () => {
    for (const path of ['/fast/1', '/fast/2', '/slow/report', '/fast/3'])
      await call({ from: '127.0.0.41', to: shop, path });
    await expect(traffic.row('/slow/report')).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 45_000 });

  await page.getByText('Endpoints', { exact: true }).click();
  const groups = page.getByRole('table', { name: 'Calls by endpoint' });
  const slowest = groups.locator('tbody tr').first();
  await expect(slowest).toContainText('/slow/report');
  await slowest.getByRole('button', { name: /^Open/ }).click();
  // The group's own button has the same words: one of its calls begins with time and protocol.
  await groups
    .getByRole('button', { name: /HTTP.*GET \/slow\/report/ })
    .first()
    .click();
  await traffic.show('Timing');
  await expect(traffic.inspector).toContainText('Wait');
  mesh.close();
});
