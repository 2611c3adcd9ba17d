import { call, captureHindrance, Mesh } from './mesh.ts';
import { expect, test } from './product.ts';

test('services that call each other in a circle are named, and calls lead to traffic', async ({ product, page }) => {
  test.skip(captureHindrance !== undefined, captureHindrance ?? '');
  const mesh = new Mesh();
  const nodes = ['127.0.0.81', '127.0.0.82', '127.0.0.83'];
  const servers = await Promise.all(nodes.map((node) => mesh.serve(node)));
  const address = await product.start('--interface', 'lo');
  const ports = servers.map(({ port }) => `dst.port == ${port}`).join(' or ');
  await page.goto(`${address}/map?${new URLSearchParams({ q: ports, by: 'ip' }).toString()}`);
  await expect(async () => {
    for (const [at, from] of nodes.entries()) await call({ from, to: servers[(at + 1) % 3]!, path: '/ping' });
    await expect(page.getByRole('tab', { name: 'Cycles 1' })).toBeVisible({ timeout: 5000 });
  }).toPass({ timeout: 60_000 });

  await page.getByRole('tab', { name: 'Cycles 1' }).click();
  const circle = page.getByRole('button', { name: '127.0.0.81 → 127.0.0.82 → 127.0.0.83 → 127.0.0.81' });
  await circle.click();
  await expect(circle).toHaveAttribute('aria-pressed', 'true');

  await page.getByRole('tab', { name: /^Calls/ }).click();
  await page.getByRole('button', { name: '127.0.0.81 → 127.0.0.82' }).click();
  await page.getByRole('button', { name: 'Show the calls' }).click();
  await expect(page).toHaveURL(/\/traffic/);
  await expect(
    page.getByRole('grid', { name: 'Calls' }).getByRole('row').filter({ hasText: '/ping' }).first(),
  ).toBeVisible();
  mesh.close();
});
