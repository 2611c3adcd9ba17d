import { expect, type Product } from '../product.ts';

const CALLS_IN_FILE = 8;

/** Calls recorded from a real shop; every story that needs no live traffic opens it. Answers once all of them are stored. */
export async function openShopFile(product: Product): Promise<string> {
  const address = await product.start('--no-capture', '--read', 'packages/capture/fixtures/http/node-shop/input.pcap');
  const stored = async () => {
    const response = await fetch(`${address}/api/entries?limit=100`);
    return ((await response.json()) as { rows: readonly unknown[] }).rows.length;
  };
  await expect.poll(stored, { timeout: 30_000 }).toBe(CALLS_IN_FILE);
  return address;
}
