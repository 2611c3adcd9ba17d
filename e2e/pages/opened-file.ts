import type { Product } from '../product.ts';

/** Calls recorded from a real shop; every story that needs no live traffic opens it. */
export const openShopFile = (product: Product): Promise<string> =>
  product.start('--no-capture', '--read', 'packages/capture/fixtures/http/node-shop/input.pcap');
