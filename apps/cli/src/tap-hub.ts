/** The calls of a hub as they happen, after those it has stored. */

import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { endpoints, LiveServerMessage } from '@kubeshark/contract';
import { recordingEndpoints } from '@kubeshark/contract/recordings';
import type { Entry, EntryRow } from '@kubeshark/model';
import { Failure } from './failure.ts';
import { call, download, notReachable } from './hub-client.ts';
import type { Printer } from './output/printer.ts';
import { compileQuery } from './query.ts';

/** Ids remembered, so that nothing is printed twice: some minutes of a busy cluster. */
const MAX_PRINTED = 100_000;

interface HubTap {
  readonly printer: Printer;
  /** Begins with what was stored since then. */
  readonly since: number | undefined;
}

export async function tapHub(hub: string, query: string, { printer, since }: HubTap): Promise<void> {
  compileQuery(query);
  const socket = new WebSocket(new URL('/api/live', hub.replace(/^http/, 'ws')));
  const done = Promise.withResolvers<void>();
  const printed = new Set<string>();
  const history = async (): Promise<void> => {
    if (since === undefined) return;
    for await (const entry of storedSince(hub, query, since)) {
      printed.add(entry.id);
      if (!(await printer.entry(entry))) return done.resolve();
    }
  };
  let printing = history();
  printing.catch(done.reject);
  const print = async (row: EntryRow): Promise<void> => {
    // What came between history and stream is in both; what is known better now was printed, unless it matches only now.
    if (printed.has(row.id)) return;
    printed.add(row.id);
    if (printed.size > MAX_PRINTED) printed.delete(printed.values().next().value ?? '');
    const goesOn = printer.needsEntries
      ? await printer.entry(await call(hub, endpoints.entry, { params: { id: row.id } }))
      : await printer.row(row);
    if (!goesOn) done.resolve();
  };
  socket.onopen = () => socket.send(JSON.stringify({ type: 'subscribe', query }));
  socket.onerror = () => done.reject(notReachable(hub));
  socket.onclose = () => done.reject(new Failure('address', `The hub at ${hub} has closed the stream.`));
  socket.onmessage = ({ data }) => {
    const message = LiveServerMessage.parse(JSON.parse(String(data)));
    if (message.type === 'error') done.reject(new Failure('usage', `${message.message} (${message.code})`));
    if (message.type !== 'rows' && message.type !== 'amended') return;
    for (const row of message.rows) printing = printing.then(() => print(row));
    printing.catch(done.reject);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done.resolve());
  await done.promise;
  socket.onclose = null;
  socket.close();
  await printer.finish();
  printer.sumUp();
}

/** Calls the hub has stored, oldest first. */
async function* storedSince(hub: string, query: string, since: number): AsyncGenerator<Entry> {
  const { bytes } = await download(hub, recordingEndpoints.export, { query: { format: 'ndjson', q: query, since } });
  for await (const line of createInterface({ input: Readable.from(bytes) })) yield JSON.parse(line) as Entry;
}
