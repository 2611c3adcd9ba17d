import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

test('a capture file is opened, its calls are listed and can be read', async ({ product, page }) => {
  const address = await product.start('--read', 'packages/capture/fixtures/http/node-shop/input.pcap');
  const traffic = new TrafficPage(page);
  await traffic.open(address);
  await expect(traffic.row('/orders')).toBeVisible();
  await traffic.inspect('/orders');
  await traffic.show('Response');
  await expect(traffic.inspector).toContainText('Content-Type');
  await expect(traffic.inspector).toContainText('no /orders/123e4567-e89b-42d3-a456-426614174000');
});
