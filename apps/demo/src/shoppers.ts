/** Some people who look around, search, buy, and mistype. */

import { WebSocket } from 'ws';
import { addressOf, begin, call, pause, pick, report } from './part.ts';

const shopperCount = 4;
const thinkMillis = 400;
const queries = [
  'query Product($id: Int!) { product(id: $id) { id name price } }',
  'query { products(first: 5) { id sku } }',
  'mutation Rate($id: Int!) { rate(id: $id, stars: 6) { id } }',
] as const;

const anyId = () => 100 + Math.floor(Math.random() * 66);

async function buy(): Promise<void> {
  const { status, value } = await call('storefront', '/checkout', {
    method: 'POST',
    body: {
      sku: `SKU-${1000 + Math.floor(Math.random() * 60)}`,
      quantity: pick([1, 1, 2, 30]),
      price: pick([19, 56, 240, 900]),
    },
    headers: { 'user-agent': 'shopper/1.0', cookie: 'session=demo' },
  });
  if (status === 201) await call('storefront', `/orders/${(value as { id: string }).id}`);
}

async function watchPrices(): Promise<void> {
  const socket = new WebSocket(`ws://${addressOf('storefront')}/live`);
  await new Promise<void>((resolve) => {
    let answers = 0;
    socket.on('open', () => socket.send('{"watch":"SKU-1002"}'));
    socket.on('message', () => {
      answers += 1;
      if (answers < 3) socket.send('{"more":true}');
      else socket.close(1000, 'seen enough');
    });
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
}

const habits: readonly [() => Promise<unknown>, ...(() => Promise<unknown>)[]] = [
  () => call('storefront', '/'),
  () => call('storefront', `/products?page=${pick([1, 2, 3])}`),
  () => call('storefront', `/products/${anyId()}`),
  () => call('storefront', `/products/${anyId()}`),
  () => call('storefront', `/search?q=${pick(['oak', 'lamp', 'chair', 'nothing'])}`),
  () => call('storefront', '/prices'),
  () => call('storefront', '/favicon.ico'),
  () => call('catalogue', '/graphql', { method: 'POST', body: { query: pick(queries), variables: { id: anyId() } } }),
  buy,
  buy,
  watchPrices,
];

async function shopper(): Promise<never> {
  for (;;) {
    await pick(habits)();
    await pause(Math.random() * 2 * thinkMillis);
  }
}

begin('shoppers');
report('shoppers');
await Promise.all(Array.from({ length: shopperCount }, shopper));
