/** A ClickHouse server, or several that form a cluster, over HTTP. */

import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { engineError, StoreError } from '../errors.ts';
import type { Driver, Limits, Parameter, Row, Rows, RunOptions, Statement } from './driver.ts';

export interface ServerOptions {
  /**
   * `http(s)://user:password@host:8123`, one for each server that keeps a part of the tables: all are given the tables,
   * the first that answers is read from and written to.
   */
  readonly urls: readonly string[];
  /** Acknowledge only what a server has written to its disk; default false. */
  readonly durable?: boolean;
}

/** A server that does not even take a connection in this time is passed over. */
const REQUEST_MILLIS = 120_000;
/** Of a replica that has lost its Keeper: three seconds in all, after which the hub says so, and goes on trying. Default: minutes. */
const KEEPER_RETRIES = 5;
const refusals = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

export class ServerDriver implements Driver {
  /** Other hubs may write to the same tables. */
  readonly exclusive = false;
  readonly #clients: readonly ClickHouseClient[];
  readonly #durable: boolean;
  readonly #kills = new Set<Promise<unknown>>();
  #current = 0;
  #closed = false;

  constructor({ urls, durable = false }: ServerOptions) {
    this.#durable = durable;
    this.#clients = urls.map((url) =>
      createClient({
        url,
        application: 'kubeshark',
        request_timeout: REQUEST_MILLIS,
        // In the body: a list of ids is longer than a URL may be.
        use_multipart_params: true,
        // Every failure reaches the caller as an error; the client would print it as well.
        log: { level: ClickHouseLogLevel.OFF },
      }),
    );
  }

  select(statement: Statement, { limits, signal }: RunOptions = {}): Promise<Rows> {
    return this.#onAnyServer(async (client) => {
      if (signal?.aborted) throw new StoreError('cancelled', 'the query was cancelled before it began');
      const query_id = randomUUID();
      const kill = () => this.#kill(client, query_id);
      signal?.addEventListener('abort', kill, { once: true });
      try {
        const result = await client.query({
          query: statement.sql,
          query_params: boundValues(statement),
          query_id,
          format: 'JSONCompactEachRow',
          clickhouse_settings: settingsOf(limits),
          ...(signal !== undefined && { abort_signal: signal }),
        });
        const summary = result.response_headers['x-clickhouse-summary'];
        return { rows: await result.json<Row>(), ...countsOf(summary) };
      } catch (error) {
        if (signal?.aborted) throw new StoreError('cancelled', 'the query was cancelled', { cause: error });
        throw error;
      } finally {
        signal?.removeEventListener('abort', kill);
      }
    });
  }

  async execute(statement: Statement): Promise<void> {
    for (const client of this.#clients)
      await this.#guard(() => client.command({ query: statement.sql, query_params: boundValues(statement) }));
  }

  insertNative(table: string, block: readonly Uint8Array[]): Promise<void> {
    return this.#onAnyServer(async (client) => {
      const { stream } = await client.exec({
        query: `INSERT INTO ${table} FORMAT Native`,
        values: Readable.from(block),
        clickhouse_settings: {
          async_insert: 0,
          materialize_skip_indexes_on_insert: 0,
          // Acknowledged means that the shards have it, not that it lies in a spool on the way to them.
          distributed_foreground_insert: 1,
          insert_keeper_max_retries: String(KEEPER_RETRIES),
          ...(this.#durable && { fsync_after_insert: 1 }),
        } as ClickHouseSettings,
      });
      for await (const _ of stream);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all(this.#kills);
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  /** Closing the connection does not end a query at once: it is only noticed when the next block would be sent. */
  #kill(client: ClickHouseClient, query_id: string): void {
    const kill = client
      .command({ query: 'KILL QUERY WHERE query_id = {query_id:String} ASYNC', query_params: { query_id } })
      // The query has its own time limit; nobody waits for it any more.
      .catch(() => undefined)
      .finally(() => this.#kills.delete(kill));
    this.#kills.add(kill);
  }

  /** Tries the servers in turn, going on only where nothing can have reached the last one. */
  async #onAnyServer<Result>(ask: (client: ClickHouseClient) => Promise<Result>): Promise<Result> {
    for (let tried = 1; ; tried++) {
      const client = this.#clients[this.#current % this.#clients.length] as ClickHouseClient;
      try {
        return await this.#guard(() => ask(client));
      } catch (error) {
        if (!isRefused(error) || tried >= this.#clients.length) throw error;
        this.#current++;
      }
    }
  }

  async #guard<Result>(ask: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new StoreError('closed', 'the store is closed');
    try {
      return await ask();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      if (error instanceof ClickHouseError) throw engineError(error.message, Number(error.code));
      const reason =
        error instanceof Error ? error.message || String((error as { code?: unknown }).code) : String(error);
      throw new StoreError('unavailable', `the ClickHouse server does not answer: ${reason}`, { cause: error });
    }
  }
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof StoreError ? error.cause : undefined;
  return refusals.has(String((cause as { code?: unknown } | undefined)?.code));
}

function countsOf(summary: unknown): { rowsRead: number; bytesRead: number } {
  const counts = typeof summary === 'string' ? (JSON.parse(summary) as Record<string, string>) : {};
  return { rowsRead: Number(counts['read_rows'] ?? 0), bytesRead: Number(counts['read_bytes'] ?? 0) };
}

function settingsOf({ seconds, memoryBytes, rows, threads }: Limits = {}): ClickHouseSettings {
  return {
    output_format_json_quote_64bit_integers: 1,
    use_query_condition_cache: 1,
    // An error while the result is on its way would otherwise come in the middle of a "200 OK".
    wait_end_of_query: 1,
    ...(seconds !== undefined && { max_execution_time: seconds }),
    ...(memoryBytes !== undefined && { max_memory_usage: String(memoryBytes) }),
    ...(rows !== undefined && { max_rows_to_read: String(rows) }),
    ...(threads !== undefined && { max_threads: threads }),
  };
}

/** The values as the client wants them: text that UTF-8 can hold (it would throw), 64-bit integers of a list as such. */
function boundValues({ sql, parameters = {} }: Statement): Record<string, unknown> {
  const bound = ([name, value]: [string, Parameter]): [string, unknown] => {
    if (typeof value === 'string') return [name, value.toWellFormed()];
    if (typeof value !== 'object') return [name, value];
    if (sql.includes(`{${name}:Array(UInt64)}`)) return [name, value.map(BigInt)];
    return [name, value.map((item) => (typeof item === 'string' ? item.toWellFormed() : item))];
  };
  return Object.fromEntries(Object.entries(parameters).map(bound));
}
