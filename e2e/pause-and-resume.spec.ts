import { call, captureHindrance, Mesh } from './mesh.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

test('a paused list stands still while counting goes on, and catches up', async ({ product, page }) => {
  test.skip(captureHindrance !== undefined, captureHindrance ?? '');
  const mesh = new Mesh();
  const shop = await mesh.serve('127.0.0.62');
  const send = (path: string) => call({ from: '127.0.0.61', to: shop, path });
  const address = await product.start('--interface', 'lo');
  const traffic = new TrafficPage(page);
  await traffic.open(address, `q=dst.port == ${shop.port}`);
  await expect(async () => {
    await send('/before');
    await expect(traffic.row('/before')).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 45_000 });

  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(traffic.counts).toContainText('Paused');
  const before = await traffic.matched();
  await send('/while-paused');
  await expect.poll(() => traffic.matched()).toBeGreaterThan(before);
  await expect(traffic.row('/while-paused')).toHaveCount(0);

  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(traffic.row('/while-paused')).toBeVisible();
  mesh.close();
});
