import { openShopFile } from './pages/opened-file.ts';
import { TrafficPage } from './pages/traffic.ts';
import { expect, test } from './product.ts';

test('a query goes from the bar into the builder, changes there, and comes back as text', async ({ product, page }) => {
  const address = await openShopFile(product);
  const query = 'http and (request.method == "GET" or request.method == "POST")';
  await page.goto(`${address}/queries?${new URLSearchParams({ q: query, t: 'all' }).toString()}`);
  const text = page.getByRole('group', { name: 'The query as text' });
  await expect(text).toHaveText(query);

  await page.getByRole('button', { name: 'Condition' }).last().click();
  await page.getByRole('combobox', { name: 'Field' }).last().fill('response.status');
  await page.getByRole('option', { name: 'response.status', exact: true }).click();
  await page.getByRole('textbox', { name: 'Value' }).last().fill('200');
  await expect(text).toHaveText(`${query} and response.status == 200`);

  await page.getByRole('button', { name: 'Show these calls' }).click();
  await expect(page).toHaveURL((url) => url.searchParams.get('q') === `${query} and response.status == 200`);
  const statuses = new TrafficPage(page).list.locator('[data-column="status"]');
  await expect(statuses.first()).toBeVisible();
  expect(new Set(await statuses.allTextContents())).toEqual(new Set(['200']));
});
