import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openShopFile } from './pages/opened-file.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';
import { PROXY_ADDRESS, type SignedIn, startProxy } from './proxy.ts';

const rules = `
rules:
  - { group: platform, role: admin }
  - { group: guests, role: viewer }
`;

test('behind a proxy and under a path: who I am, live, and what a viewer does not see', async ({ product, page }) => {
  const directory = mkdtempSync(join(tmpdir(), 'kubeshark-proxy-'));
  const accessFile = join(directory, 'access.yaml');
  writeFileSync(accessFile, rules);
  product.environment = {
    KUBESHARK_ACCESS_FILE: accessFile,
    KUBESHARK_TRUSTED_PROXIES: PROXY_ADDRESS,
    KUBESHARK_BASE_PATH: '/tools/kubeshark',
  };
  let who: SignedIn | undefined = { user: 'anna', groups: 'platform' };
  const proxy = await startProxy(await openShopFile(product), () => who);
  const traffic = new TrafficPage(page);
  const address = `${proxy.address}/tools/kubeshark`;

  await traffic.open(address, 't=all');
  await expect(page.getByRole('button', { name: 'You are: anna' })).toContainText('admin');
  await traffic.inspect('/orders');
  await traffic.show('Request');
  await expect(traffic.inspector.getByRole('region', { name: 'Headers' })).toBeVisible();
  await page.getByRole('link', { name: 'Map' }).click();
  await expect(page).toHaveURL(/\/tools\/kubeshark\/map/);

  // Live: the WebSocket passes the proxy.
  await traffic.open(address);
  await expect(page.getByRole('button', { name: /Capture health: Live/ })).toBeVisible();

  who = { user: 'gast', groups: 'guests' };
  await traffic.open(address, 't=all');
  await expect(page.getByRole('button', { name: 'You are: gast' })).toContainText('viewer');
  await traffic.inspect('/orders');
  await traffic.show('Request');
  await expect(traffic.inspector.getByText('not shown to your role')).toBeVisible();
  await expect(traffic.inspector.getByRole('region', { name: 'Headers' })).toHaveCount(0);

  who = undefined;
  await page.reload();
  await expect(page.getByRole('button', { name: 'You are: Not signed in' })).toBeVisible();
  proxy.close();
  rmSync(directory, { recursive: true });
});
