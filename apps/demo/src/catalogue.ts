/** Products: REST and GraphQL, with a Redis cache in front when one is there. */

import { buildSchema, graphql } from 'graphql';
import { Redis } from 'ioredis';
import { begin, chance, parts, pause, readJson, sendJson, serve } from './part.ts';

const products = Array.from({ length: 60 }, (_, index) => ({
  id: 100 + index,
  sku: `SKU-${1000 + index}`,
  name: `${['Oak', 'Pine', 'Steel', 'Glass', 'Linen'][index % 5]} ${['chair', 'table', 'lamp', 'shelf'][index % 4]}`,
  price: 19 + ((index * 37) % 400),
  description: 'Made to last, shipped flat, assembled with the key in the box. '.repeat(1 + (index % 6)),
}));

const schema = buildSchema(`
  type Product { id: Int! sku: String! name: String! price: Int! description: String! }
  type Query { product(id: Int!): Product products(first: Int = 10): [Product!]! }
  type Mutation { rate(id: Int!, stars: Int!): Product }
`);
const find = (id: number) => products.find((product) => product.id === id);
const rootValue = {
  product: ({ id }: { id: number }) => find(id) ?? null,
  products: ({ first }: { first: number }) => products.slice(0, first),
  rate: ({ id, stars }: { id: number; stars: number }) => {
    if (stars > 5) throw new Error('A rating has at most five stars');
    return find(id) ?? null;
  },
};

begin('catalogue');
const { redis: redisAddress } = parts;
const cache = redisAddress === undefined ? undefined : new Redis(`redis://${redisAddress}`);
cache?.on('error', () => undefined); // a cache that is away must not close the shop

/** Reads through the cache; a product is kept for five seconds. */
async function productById(id: number): Promise<unknown> {
  const key = `product:${id}`;
  const kept = await cache?.get(key).catch(() => null);
  if (kept) return JSON.parse(kept);
  const product = find(id);
  if (product) await cache?.set(key, JSON.stringify(product), 'EX', 5).catch(() => undefined);
  return product;
}

serve(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://catalogue');
  if (url.pathname === '/graphql') {
    const body = (await readJson(request)) as {
      query?: string;
      variables?: Record<string, unknown>;
      operationName?: string;
    };
    const { query = '', variables, operationName } = body ?? {};
    return sendJson(
      response,
      200,
      await graphql({
        schema,
        source: query,
        rootValue,
        variableValues: variables ?? {},
        operationName: operationName ?? null,
      }),
    );
  }
  if (url.pathname === '/api/products') {
    const page = Number(url.searchParams.get('page') ?? 1);
    return sendJson(response, 200, { page, products: products.slice((page - 1) * 20, page * 20) });
  }
  if (url.pathname === '/api/search') {
    // The search has no index, and some evenings one notices.
    await pause(chance(0.15) ? 1100 + Math.random() * 1500 : 40 + Math.random() * 120);
    const term = url.searchParams.get('q')?.toLowerCase() ?? '';
    return sendJson(
      response,
      200,
      products.filter(({ name }) => name.toLowerCase().includes(term)),
    );
  }
  const id = /^\/api\/products\/(\d+)$/.exec(url.pathname)?.[1];
  const product = id === undefined ? undefined : await productById(Number(id));
  return product
    ? sendJson(response, 200, product)
    : sendJson(response, 404, { error: 'no such product', path: url.pathname });
});
