/** What shoppers see: pages and JSON in front of the other parts, and live prices over a WebSocket. */

import { WebSocketServer } from 'ws';
import { begin, call, chance, pause, readJson, sendJson, serve } from './part.ts';

begin('storefront');
const server = serve(async (request, response) => {
  const url = new URL(request.url ?? '/', 'http://storefront');
  const trace = `00-${crypto.randomUUID().replaceAll('-', '')}-00f067aa0ba902b7-01`;
  const headers = { traceparent: trace };
  if (url.pathname === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'set-cookie': 'visit=1; Path=/' });
    return response.end('<!doctype html><title>Shop</title><h1>Chairs, tables, lamps</h1>');
  }
  if (url.pathname === '/prices') {
    // Server-sent events: three prices, then the stream ends.
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    for (let count = 0; count < 3; count += 1) {
      response.write(`event: price\nid: ${count}\ndata: ${JSON.stringify({ sku: 'SKU-1001', price: 19 + count })}\n\n`);
      await pause(50);
    }
    return response.end();
  }
  if (url.pathname.startsWith('/products') || url.pathname === '/search') {
    const [found] = await Promise.all([
      call('catalogue', `/api${url.pathname}${url.search}`, { headers }),
      chance(0.1) ? call('recommendations', '/api/recommend', { headers }) : undefined,
    ]);
    return sendJson(response, found.status || 502, found.value ?? { error: 'the catalogue is away' });
  }
  if (url.pathname === '/checkout') {
    const order = await call('orders', '/api/orders', { method: 'POST', body: await readJson(request), headers });
    return sendJson(response, order.status || 502, order.value ?? { error: 'orders are away' });
  }
  if (url.pathname.startsWith('/orders/')) {
    const order = await call('orders', `/api${url.pathname}`, { headers });
    return sendJson(response, order.status || 502, order.value ?? { error: 'orders are away' });
  }
  return sendJson(response, 404, { error: 'no such page' });
});

const sockets = new WebSocketServer({ server, path: '/live' });
sockets.on('connection', (socket) => {
  socket.on('message', () => socket.send(JSON.stringify({ sku: 'SKU-1002', price: Math.round(Math.random() * 100) })));
});
