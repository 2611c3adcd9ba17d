import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { openShopFile } from './pages/opened-file.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

const pages = ['traffic', 'traffic?group=endpoint', 'map?', 'dashboard?', 'queries?q=http', 'recordings?', 'settings?'];

/** Findings that keep somebody out, each with the first place it was found. */
async function seriousFindings(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'])
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, help, nodes }) =>
        `${id}: ${help} (${nodes
          .map(({ html }) => html.slice(0, 160))
          .slice(0, 3)
          .join(' | ')})`,
    );
}

for (const colorScheme of ['dark', 'light'] as const) {
  test(`no page keeps anybody out (${colorScheme})`, async ({ product, page }) => {
    // Twelve scans of a whole page: minutes, where the machine does other things as well.
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme });
    const address = await openShopFile(product);
    for (const name of pages) {
      await page.goto(`${address}/${name}${name.includes('?') ? '&' : '?'}t=all`);
      await expect(page.getByRole('main')).not.toBeEmpty();
      await page.waitForLoadState('networkidle');
      expect.soft(await seriousFindings(page), name).toEqual([]);
    }
    const traffic = new TrafficPage(page);
    await traffic.open(address, 't=all');
    await traffic.inspect('/orders');
    for (const tab of ['Request', 'Response', 'Timing', 'Connection', 'Raw'] as const) {
      await traffic.show(tab);
      expect.soft(await seriousFindings(page), tab).toEqual([]);
    }
  });
}
