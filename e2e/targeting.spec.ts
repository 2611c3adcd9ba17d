import { FakeApiServer } from '../apps/bff/src/kubernetes/testing/fake-api-server.ts';
import { aPod } from '../apps/bff/src/kubernetes/testing/objects.ts';
import { expect, test } from './product.ts';

/** Two namespaces, three pods: enough to choose some and leave others. */
async function aCluster(): Promise<FakeApiServer> {
  const cluster = await FakeApiServer.start();
  for (const namespace of ['shop', 'billing'])
    cluster.set('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  cluster.set('pods', aPod({ name: 'cart-1', ip: '10.1.0.1', labels: { app: 'cart' } }));
  cluster.set('pods', aPod({ name: 'web-1', ip: '10.1.0.2', labels: { app: 'web' } }));
  cluster.set('pods', aPod({ name: 'payments-1', ip: '10.1.0.3', namespace: 'billing' }));
  return cluster;
}

test('whose traffic is captured is chosen while it runs, followed, and kept', async ({ product, page }) => {
  const cluster = await aCluster();
  product.environment = { KUBESHARK_KUBERNETES_URL: cluster.url };
  const address = await product.start('--no-capture');
  await page.goto(`${address}/settings`);
  const panel = page.getByRole('region', { name: 'What is captured' });
  await expect(panel).toContainText('3 of 3 pods match');

  await panel.getByRole('textbox', { name: 'Namespaces', exact: true }).fill('shop');
  await panel.getByRole('button', { name: 'Capture these' }).click();
  await expect(panel).toContainText('2 of 3 pods match');
  // A pod that comes is in it without anybody asking.
  cluster.set('pods', aPod({ name: 'cart-2', ip: '10.1.0.4', labels: { app: 'cart' } }));
  await expect(panel).toContainText('3 of 4 pods match');

  await panel.getByRole('textbox', { name: 'Pods with labels' }).fill('app=cart');
  await page.keyboard.press('Enter');
  await expect(panel).toContainText('2 of 4 pods match');

  // What cannot be meant is refused with its reason, and changes nothing.
  await panel.getByRole('textbox', { name: 'Pods whose name has (RE2)' }).fill('cart-(');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toBeVisible();
  await page.reload();
  await expect(panel).toContainText('2 of 4 pods match');
  await expect(panel.getByRole('textbox', { name: 'Namespaces', exact: true })).toHaveValue('shop');
  await expect(panel.getByRole('textbox', { name: 'Pods whose name has (RE2)' })).toHaveValue('');

  await panel.getByRole('switch', { name: 'Capture' }).click();
  await expect(panel).toContainText('Nothing is captured.');
  await cluster.close();
});
