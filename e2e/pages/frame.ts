/** What every page has: rail, query bar, time, theme. */

import { expect, type Locator, type Page } from '@playwright/test';

export class Frame {
  readonly #page: Page;
  readonly query: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.query = page.getByRole('textbox', { name: 'KFL query' });
  }

  /** Types a query and applies it. */
  async filter(text: string): Promise<void> {
    await this.#page.getByRole('search').click();
    await this.#page.keyboard.press('ControlOrMeta+a');
    await this.#page.keyboard.insertText(text);
    await this.#page.keyboard.press('Escape');
    await this.#page.getByRole('button', { name: 'Apply the query' }).click();
    await expect(this.#page).toHaveURL((url) => url.searchParams.get('q') === text);
  }

  async goTo(title: 'Traffic' | 'Map' | 'Dashboard' | 'Queries' | 'Recordings' | 'Settings'): Promise<void> {
    await this.#page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: title }).click();
  }
}
