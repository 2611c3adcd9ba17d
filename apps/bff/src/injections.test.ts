/** The store's file of injections, through every address of the hub that takes a query or a text of its own. */

import { type LiveServerMessage, Totals } from '@kubeshark/contract';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { injections } from '../../../packages/store/src/testing/injections.ts';
import { startHub } from './testing/hub.ts';
import { TestSocket } from './testing/socket.ts';

const stored = Array.from({ length: 20 }, (_, n) => anHttpEntry(0, { id: idAt(START_MICROS + n) }));
const addresses = ['entries', 'histogram', 'stats/totals', 'stats/series', 'stats/top', 'map', 'doctor', 'values'];
/** Times out when an engine was told to sleep; far more than all of it takes otherwise. */
const MILLIS = 120_000;

test(
  'no query is SQL to the hub, wherever it is given',
  async () => {
    const hub = await startHub();
    await hub.services.store.insert(stored);
    const ask = async (path: string, init?: RequestInit) => {
      const answer = await fetch(`${hub.url}/api/${path}`, init);
      // 200 for what compiles, 400 for what does not: never an error of the engine.
      expect([200, 400], `${path}: ${answer.status}`).toContain(answer.status);
      return answer.json();
    };
    for (const text of injections) {
      const q = encodeURIComponent(text);
      for (const address of addresses) await ask(`${address}?q=${q}&field=${q}&prefix=${q}`);
      await ask(`values?field=endpoint&prefix=${q}`);
      for (const bound of ['before', 'since', 'until', 'by', 'limit']) {
        const answer = (await ask(`entries?${bound}=${q}`)) as { code?: string };
        if (bound !== 'by') expect(answer.code).toBe('KS_BAD_REQUEST');
      }
      const headers = { 'content-type': 'application/json' };
      await ask('query/run', { method: 'POST', headers, body: JSON.stringify({ query: text }) });
      await ask('query/run', {
        method: 'POST',
        headers,
        body: JSON.stringify({ query: `${text} | count by endpoint` }),
      });
      const client = await TestSocket.open(`${hub.url}/api/live`);
      client.send({ type: 'subscribe', query: text });
      const { type } = await client.next<LiveServerMessage>();
      expect(['state', 'error']).toContain(type);
      await client.close();
    }
    expect(Totals.parse(await ask('stats/totals'))).toMatchObject({ count: stored.length });
  },
  MILLIS,
);
