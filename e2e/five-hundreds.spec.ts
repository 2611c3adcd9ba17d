import { call, captureHindrance, Mesh } from './mesh.ts';
import { Frame } from './pages/frame.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

test('which service fails, and with what', async ({ product, page }) => {
  test.skip(captureHindrance !== undefined, captureHindrance ?? '');
  const mesh = new Mesh();
  const [good, bad] = [await mesh.serve('127.0.0.72'), await mesh.serve('127.0.0.73')];
  const address = await product.start('--interface', 'lo');
  const traffic = new TrafficPage(page);
  await traffic.open(address, 'q=src.ip == "127.0.0.71"');
  await expect(async () => {
    await call({ from: '127.0.0.71', to: good, path: '/fine' });
    await call({ from: '127.0.0.71', to: bad, path: '/fail/always' });
    await expect(traffic.row('/fail/always')).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 45_000 });

  await new Frame(page).filter('src.ip == "127.0.0.71" and http and response.status >= 500 and response.status < 600');
  await expect(traffic.row('/fail/always')).toBeVisible();
  await expect(traffic.row('/fine')).toHaveCount(0);
  await page.getByText('Statuses', { exact: true }).click();
  await expect(page.getByRole('table', { name: 'Calls by status' }).locator('tbody tr')).toContainText(['503']);
  mesh.close();
});
