/** Orders: checks the stock over gRPC, takes the payment, tells the storefront. */

import { join } from 'node:path';
import { type Client, credentials } from '@grpc/grpc-js';
import { loadInventory, type StockReply, type StockRequest } from './inventory-service.ts';
import { addressOf, begin, call, readJson, sendJson, serve } from './part.ts';

begin('orders');
const inventory = new (loadInventory(join(import.meta.dirname, '../inventory.proto')))(
  addressOf('inventory'),
  credentials.createInsecure(),
) as unknown as Client & {
  Check(request: StockRequest, done: (error: Error | null, reply?: StockReply) => void): void;
};
const inStock = (request: StockRequest): Promise<boolean> =>
  new Promise((resolve) => inventory.Check(request, (error) => resolve(error === null)));

const orders = new Map<string, { id: string; sku: string; state: string }>();
const mostOrders = 500;

serve(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://orders');
  const id = /^\/api\/orders\/([0-9a-f-]{36})$/.exec(url.pathname)?.[1];
  if (request.method === 'GET' && id !== undefined) {
    const order = orders.get(id);
    return order ? sendJson(response, 200, order) : sendJson(response, 404, { error: 'no such order', id });
  }
  if (request.method !== 'POST') return sendJson(response, 405, { error: 'POST an order or GET one' });
  const {
    sku,
    quantity = 1,
    price = 0,
  } = (await readJson(request)) as { sku: string; quantity?: number; price?: number };
  if (!(await inStock({ sku, quantity }))) return sendJson(response, 409, { error: 'out of stock', sku });
  const traceparent = request.headers['traceparent'];
  const payment = await call('payments', '/charge', {
    method: 'POST',
    body: { amount: price * quantity, card: '4111 1111 1111 1111' },
    headers: { authorization: 'Bearer demo-token', ...(typeof traceparent === 'string' && { traceparent }) },
  });
  if (payment.status !== 201)
    return sendJson(response, payment.status === 402 ? 402 : 502, { error: 'payment failed', cause: payment.value });
  const order = { id: crypto.randomUUID(), sku, state: 'paid' };
  if (orders.size >= mostOrders) orders.delete(orders.keys().next().value ?? '');
  orders.set(order.id, order);
  return sendJson(response, 201, order);
});
