import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { findProgram } from '../scripts/system-packages.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

const hindrance =
  process.getuid?.() !== 0
    ? 'capturing needs root'
    : findProgram('tcpdump') === undefined
      ? 'tcpdump is not installed'
      : undefined;

test('a call on the wire appears in the browser without a reload, with its header and body', async ({
  product,
  page,
}) => {
  test.skip(hindrance !== undefined, hindrance ?? '');
  const shop = createServer((request, response) => {
    request.resume();
    response.writeHead(201, { 'content-type': 'application/json', 'x-shop': 'open' });
    response.end(JSON.stringify({ order: 7, state: 'paid' }));
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  const { port } = shop.address() as AddressInfo;

  const address = await product.start('--interface', 'lo');
  const traffic = new TrafficPage(page);
  await traffic.open(address);
  await expect(page.getByRole('status', { name: 'Counts' })).toBeVisible();

  // The agent may still be opening the interface: people, too, call more than once.
  await expect(async () => {
    await fetch(`http://127.0.0.1:${port}/orders/first-live-call`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-customer': 'alice' },
      body: JSON.stringify({ sku: 'SKU-1001', quantity: 2 }),
    });
    await expect(traffic.row('/orders/first-live-call')).toBeVisible({ timeout: 3000 });
  }).toPass({ timeout: 45_000 });

  await traffic.inspect('/orders/first-live-call');
  await traffic.show('Request');
  await expect(traffic.inspector).toContainText('x-customer');
  await expect(traffic.inspector).toContainText('alice');
  await expect(traffic.inspector).toContainText('SKU-1001');
  await traffic.show('Response');
  await expect(traffic.inspector).toContainText('x-shop');
  await expect(traffic.inspector).toContainText('paid');
  shop.close();
});
