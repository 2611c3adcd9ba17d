/** The traffic page as a person uses it. */

import type { Locator, Page } from '@playwright/test';

export class TrafficPage {
  readonly #page: Page;
  readonly list: Locator;
  readonly inspector: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.list = page.getByRole('grid', { name: 'Calls' });
    this.inspector = page.getByRole('complementary', { name: 'Inspector' });
  }

  async open(address: string): Promise<void> {
    await this.#page.goto(`${address}/traffic`);
  }

  /** The row of a call whose line contains this text. */
  row(text: string): Locator {
    return this.list.getByRole('row').filter({ hasText: text }).first();
  }

  async inspect(text: string): Promise<void> {
    await this.row(text).click();
  }

  async show(tab: 'Request' | 'Response' | 'Timing' | 'Connection' | 'Raw'): Promise<void> {
    await this.inspector.getByRole('tab', { name: tab }).click();
  }
}
