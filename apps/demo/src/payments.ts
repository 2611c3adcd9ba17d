/** Takes money, except when it does not. */

import { begin, chance, pause, readJson, sendJson, serve } from './part.ts';

begin('payments');
serve(async (request, response) => {
  if (request.headers.authorization === undefined) return sendJson(response, 401, { error: 'who is asking?' });
  const { amount = 0 } = ((await readJson(request)) ?? {}) as { amount?: number };
  await pause(30 + Math.random() * 90);
  if (chance(0.08)) return sendJson(response, 503, { error: 'the bank does not answer', retryAfter: 2 });
  if (amount > 1200) return sendJson(response, 402, { error: 'limit exceeded', amount });
  return sendJson(response, 201, { payment: crypto.randomUUID(), amount });
});
