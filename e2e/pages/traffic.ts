/** The traffic page as a person uses it. */

import type { Locator, Page } from '@playwright/test';

export class TrafficPage {
  readonly #page: Page;
  readonly list: Locator;
  readonly inspector: Locator;
  readonly counts: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.list = page.getByRole('grid', { name: 'Calls' });
    this.counts = page.getByRole('status', { name: 'Counts' });
    this.inspector = page.getByRole('complementary', { name: 'Inspector' });
  }

  /** `search` is the address's search part as a person would type it: `t=all`, `q=dst.port == 80`. */
  async open(address: string, search = ''): Promise<void> {
    await this.#page.goto(`${address}/traffic?${new URLSearchParams(search).toString()}`);
  }

  /** Calls that matched since the page was opened. */
  async matched(): Promise<number> {
    const text = (await this.counts.textContent()) ?? '';
    return Number(/([\d,]+) matched/.exec(text)?.[1]?.replaceAll(',', ''));
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
