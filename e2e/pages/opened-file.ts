import type { Product } from '../product.ts';

const shopFile = 'packages/capture/fixtures/http/node-shop/input.pcap';

/** Calls recorded from a real shop; every story that needs no live traffic opens it. */
export const openShopFile = (product: Product): Promise<string> => product.start('--no-capture', '--read', shopFile);
