import { call, captureHindrance, Mesh } from './mesh.ts';
import { Frame } from './pages/frame.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

test('a frontend that cannot reach its backend is found by both ends, with the reason', async ({ product, page }) => {
  test.skip(captureHindrance !== undefined, captureHindrance ?? '');
  const mesh = new Mesh();
  const backend = await mesh.nobody('127.0.0.52');
  const address = await product.start('--interface', 'lo');
  const traffic = new TrafficPage(page);
  await traffic.open(address);
  await new Frame(page).filter(`src.ip == "127.0.0.51" and dst.ip == "127.0.0.52"`);
  await expect(async () => {
    await call({ from: '127.0.0.51', to: backend, path: '/' });
    await expect(traffic.row('127.0.0.52')).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 45_000 });
  await traffic.inspect('127.0.0.52');
  await expect(traffic.inspector).toContainText(/refused/i);
  mesh.close();
});
