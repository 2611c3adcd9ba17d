/**
 * The engine's own process: chDB sessions on one data directory, driven by messages from the hub.
 *
 * A process of its own, because a heavy query must not take the hub's memory or thread pool, and a crash of the native
 * library must not end the hub. Started by `embedded.ts` with the data directory and a configuration file as arguments.
 */

import { setTimeout } from 'node:timers/promises';
import { Session } from 'chdb';
import type { FromEngine, ToEngine } from './engine-messages.ts';

/** Queries that can run at once; more wait. Each takes one thread of libuv's pool, which has 16 here. */
const READERS = 3;
const CANCEL_RETRY_MS = 50;

type Run = Extract<ToEngine, { kind: 'run' }>;

const [dataDirectory = '', configFile = ''] = process.argv.slice(2);

const send = (message: FromEngine) => {
  if (process.connected) process.send?.(message);
};

/** A statement carries its number as a comment, so that it can be found and killed. */
const tagOf = (call: number) => `/*call ${call};*/`;

const report = (error: unknown) => process.stderr.write(`cannot cancel a query: ${String(error)}\n`);

const cancelled = new Set<number>();
const running = new Set<number>();

class Pool {
  readonly #idle: Session[];
  readonly #waiting: Run[] = [];

  constructor(sessions: readonly Session[]) {
    this.#idle = [...sessions];
  }

  push(run: Run): void {
    this.#waiting.push(run);
    this.#next();
  }

  #next(): void {
    const session = this.#idle.pop();
    if (session === undefined) return;
    const run = this.#waiting.shift();
    if (run === undefined) {
      this.#idle.push(session);
      return;
    }
    void this.#run(session, run).finally(() => {
      this.#idle.push(session);
      this.#next();
    });
  }

  async #run(session: Session, { call, sql }: Run): Promise<void> {
    if (cancelled.delete(call)) {
      send({ kind: 'failed', call, message: 'Code: 394. cancelled before it began' });
      return;
    }
    running.add(call);
    try {
      const result = await session.queryAsync(`${tagOf(call)}${sql}`, { format: 'JSONCompactEachRow' });
      send({ kind: 'done', call, text: result.text(), rowsRead: result.rowsRead, bytesRead: result.bytesRead });
    } catch (error) {
      send({ kind: 'failed', call, message: error instanceof Error ? error.message : String(error) });
    } finally {
      running.delete(call);
      cancelled.delete(call);
    }
  }
}

function open(): readonly Session[] {
  const options = { connectionArgs: [`--config-file=${configFile}`] };
  return Array.from({ length: READERS + 2 }, () => new Session(dataDirectory, options));
}

function serve(sessions: readonly Session[]): void {
  const [admin, writer, ...readers] = sessions as readonly [Session, Session, ...Session[]];
  const lanes = { write: new Pool([writer]), read: new Pool(readers) };

  // SYNC would never return here, and a statement that has only just begun may not be listed yet: ask until it is gone.
  const cancel = async (call: number): Promise<void> => {
    cancelled.add(call);
    while (running.has(call)) {
      await admin.queryAsync(`KILL QUERY WHERE startsWith(query, '${tagOf(call)}') ASYNC`, { format: 'Null' });
      await setTimeout(CANCEL_RETRY_MS);
    }
  };

  process.on('message', (message: ToEngine) => {
    if (message.kind === 'run') lanes[message.lane].push(message);
    else if (message.kind === 'cancel') cancel(message.call).catch(report);
    else process.exit(0);
  });
  // The hub is gone: nobody is left to answer to. Ending during a query is clean, and what was acknowledged is stored.
  process.on('disconnect', () => process.exit(0));
  send({ kind: 'open' });
}

// Signals of a terminal reach the whole process group; the hub decides when its engine ends.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

try {
  serve(open());
} catch (error) {
  send({ kind: 'refused', message: error instanceof Error ? error.message : String(error) });
  process.disconnect();
}
