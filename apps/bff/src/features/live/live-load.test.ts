import type { LiveServerMessage } from '@kubeshark/contract';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { startHub } from '../../testing/hub.ts';
import { TestSocket } from '../../testing/socket.ts';

const CLIENTS = 200;
const ENTRIES = 1_000;

test('200 clients with filters of their own each get exactly their rows', async () => {
  const hub = await startHub();
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, n) => {
      const socket = await TestSocket.open(`${hub.url}/api/live`);
      socket.send({ type: 'subscribe', query: `response.status == ${n}` });
      await socket.next();
      return socket;
    }),
  );
  const entries = Array.from({ length: ENTRIES }, (_, n) => {
    const status = n % CLIENTS;
    return anHttpEntry(0, { id: idAt(START_MICROS + n), status, response: { size: 1, status } });
  });
  hub.services.bus.publish(entries);

  const expected = ENTRIES / CLIENTS;
  for (const [n, client] of clients.entries()) {
    const rows: unknown[] = [];
    while (rows.length < expected) {
      const message = await client.next<LiveServerMessage>(({ type }) => type === 'rows');
      if (message.type !== 'rows') continue;
      rows.push(...message.rows.map(({ status }) => status));
      expect(message.counts).toEqual({ seen: ENTRIES, matched: expected, sent: rows.length, skipped: 0 });
    }
    expect(rows).toEqual(Array(expected).fill(n));
  }
});
