/**
 * The store beside its own engine: how much of raw speed is left after entries, duplicates and pages. Everything runs in
 * one go on one machine; the ratios are what counts. `KUBESHARK_BENCH_ENTRIES=1000000 pnpm bench store` for a million entries.
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Entry } from '../packages/model/src/index.ts';
import { EmbeddedDriver } from '../packages/store/src/driver/embedded.ts';
import { type Condition, openStore, type Store } from '../packages/store/src/index.ts';
import { readPage } from '../packages/store/src/query/page.ts';
import { Reader } from '../packages/store/src/query/reader.ts';
import { readSeries } from '../packages/store/src/query/traffic.ts';
import { columns } from '../packages/store/src/schema/columns.ts';
import { flatten } from '../packages/store/src/schema/entry-columns.ts';
import { migrate } from '../packages/store/src/schema/migrations.ts';
import { NativeBlock } from '../packages/store/src/write/native-block.ts';

const BATCH = 1_000;
/** Two blocks: one is encoded while the other is inserted. */
const BATCHES_IN_FLIGHT = 20;
const BLOCK = 10_000;
const POOL = 50_000;
const ROUNDS = 5;
const DEFAULT_ENTRIES = 200_000;
/** Two hours of traffic, whatever the number of entries. */
const SPAN_MICROS = 7_200_000_000;
export const START_MICROS = 1_795_428_000_000_000;

/** Small, fast and the same every time. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

const random = randomFrom(7);
const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
export const services = ['web', 'cart', 'orders', 'payment', 'users', 'search', 'stock', 'mail'];
const words = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november'.split(' ');

const timeOf = (index: number, count: number) => START_MICROS + Math.floor((index * SPAN_MICROS) / count);
export const idOf = (timestamp: number) => String((BigInt(timestamp) << 12n) | 1n);

/** A call of about 1.4 kB of JSON: random identifiers in path, headers and body, as real ones are. */
export function aRandomEntry(index: number, count: number): Entry {
  const timestamp = timeOf(index, count);
  const [from, to] = [pick(services), pick(services)];
  const status = random() < 0.01 ? 503 : random() < 0.05 ? 404 : 200;
  const user = Math.floor(random() * 50_000);
  const route = pick(words);
  const latency = Math.round(random() ** 4 * 200_000) / 100;
  const text = JSON.stringify({
    id: hex(32),
    items: Array.from({ length: 8 }, () => ({ sku: hex(8), name: pick(words) })),
  });
  return {
    id: idOf(timestamp),
    timestamp,
    node: `node-${user % 5}`,
    protocol: 'http',
    protocols: ['http'],
    src: { ip: `10.1.0.${user % 200}`, port: 30_000 + (user % 30_000), name: from, namespace: 'shop', service: from },
    dst: { ip: `10.2.0.${to.length}`, port: 8080, name: to, namespace: 'shop', service: to },
    request: {
      size: 420,
      method: 'GET',
      path: `/api/${route}/${user}`,
      url: `/api/${route}/${user}?page=${user % 9}`,
      headers: {
        Host: `${to}.shop.svc`,
        'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) client/1.7',
        Accept: 'application/json',
        Authorization: `Bearer ${hex(40)}`,
        traceparent: `00-${hex(32)}-${hex(16)}-01`,
      },
      body: { size: 0 },
    },
    response: {
      size: text.length + 180,
      status,
      latency,
      headers: {
        'Content-Type': 'application/json',
        Server: 'nginx',
        'X-Request-Id': hex(16),
        'Cache-Control': 'no-store',
      },
      body: { size: text.length, mime: 'application/json', text },
    },
    method: 'GET',
    endpoint: `GET /api/${route}/{id}`,
    summary: `GET /api/${route}/${user}?page=${user % 9}`,
    status,
    error: status >= 500,
    latency,
    connection: {
      id: `tcp 10.1.0.${user % 200}:${30_000 + (user % 30_000)} ${timestamp % 1000}`,
      transport: 'tcp',
      index: index % 20,
    },
    capture: { source: 'libpcap', interface: 'eth0' },
  };
}

function print(what: string, value: string, target = ''): void {
  console.log(`${what.padEnd(62)} ${value.padStart(14)}   ${target}`);
}
const times = (ratio: number) => `${ratio.toFixed(2)} x`;
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function millis(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** CPU microseconds that this process and the engine on the directory have used. */
async function cpuMicros(directory: string): Promise<number> {
  const { user, system } = process.cpuUsage();
  const fields = (await readFile(`/proc/${await engineOf(directory)}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
  // utime and stime in clock ticks of 10 ms: fields 14 and 15 of proc(5).
  return user + system + (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function engineOf(directory: string): Promise<string> {
  return /PID: (\d+)/.exec(await readFile(path.join(directory, 'data', 'status'), 'utf8'))?.[1] ?? '';
}

interface Speed {
  readonly rowsPerSecond: number;
  /** CPU microseconds a row: what a busy machine changes least. */
  readonly cpu: number;
}

async function speedOf(directory: string, rows: number, work: () => Promise<unknown>): Promise<Speed> {
  const before = await cpuMicros(directory);
  const took = await millis(work);
  return { rowsPerSecond: (rows * 1000) / took, cpu: ((await cpuMicros(directory)) - before) / rows };
}

/** The engine alone: blocks that are encoded already, one after the other. */
export async function rawIngest(
  directory: string,
  blocks: readonly (readonly Uint8Array[])[],
  rows: number,
): Promise<Speed> {
  const driver = await EmbeddedDriver.open({ dataDirectory: directory });
  await migrate(driver, { database: 'kubeshark', shared: false });
  const speed = await speedOf(directory, rows, async () => {
    for (let at = 0; at < rows / BLOCK; at++)
      await driver.insertNative('kubeshark.entries', blocks[at % blocks.length] ?? []);
  });
  await driver.close();
  return speed;
}

/** The engine alone, with JSON it has to parse. */
async function rawJsonIngest(directory: string, entries: readonly Entry[]): Promise<Speed> {
  const driver = await EmbeddedDriver.open({ dataDirectory: directory });
  await migrate(driver, { database: 'kubeshark', shared: false });
  const file = path.join(directory, 'rows.ndjson');
  const pairs = ({ keys, values }: ReturnType<typeof flatten>['request_headers']) =>
    Object.fromEntries(keys.map((key, index) => [key, values[index]]));
  const speed = await speedOf(directory, entries.length, async () => {
    for (let start = 0; start < entries.length; start += BLOCK) {
      const lines = entries.slice(start, start + BLOCK).map((entry) => {
        const row = flatten(entry);
        const headers = {
          request_headers: pairs(row.request_headers),
          response_headers: pairs(row.response_headers),
        };
        return JSON.stringify({ ...row, ...headers });
      });
      await writeFile(file, lines.join('\n'));
      await driver.execute({
        sql: `INSERT INTO kubeshark.entries FROM INFILE '${file}' SETTINGS async_insert=0, materialize_skip_indexes_on_insert=0 FORMAT JSONEachRow`,
      });
    }
  });
  await driver.close();
  return speed;
}

export function encode(entries: readonly Entry[]): {
  readonly blocks: readonly (readonly Uint8Array[])[];
  readonly microsEach: number;
} {
  const stamp = { bucket: 1_795_428_000, stored_at: 1_795_428_000_000_000n, stored_by: 'bench' };
  const blocks: Uint8Array[][] = [];
  let took = 0;
  for (let start = 0; start + BLOCK <= entries.length; start += BLOCK) {
    const began = performance.now();
    const block = new NativeBlock(columns, stamp);
    for (const entry of entries.slice(start, start + BLOCK)) block.append(flatten(entry));
    blocks.push(block.finish());
    took += performance.now() - began;
  }
  return { blocks, microsEach: (took * 1000) / (blocks.length * BLOCK) };
}

/** As agents send: batches, each a message of its own, several on their way. Entries are from a pool, with new times. */
async function ingest(store: Store, pool: readonly Entry[], count: number): Promise<void> {
  const inFlight = new Set<Promise<unknown>>();
  for (let start = 0; start < count; start += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, index) => {
      const timestamp = timeOf(start + index, count);
      return { ...(pool[(start + index) % pool.length] as Entry), id: idOf(timestamp), timestamp };
    });
    const stored = store.insert(batch).finally(() => inFlight.delete(stored));
    inFlight.add(stored);
    await setImmediate();
    while (inFlight.size >= BATCHES_IN_FLIGHT) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
}

/** Asked with another value each round, so that the engine's memory of conditions helps nobody. */
const questions: Readonly<Record<string, (round: number) => Condition | undefined>> = {
  'newest 100': () => undefined,
  'status >= 500': (round) => ({ sql: 'ifNull(status >= {p0:Float64}, 0)', parameters: { p0: 500 + round / 10 } }),
  'path contains (rare)': (round) => ({
    sql: 'position(request_path, {p0:String}) > 0',
    parameters: { p0: `/kilo/42${round}7` },
  }),
  'header = (absent)': (round) => ({
    sql: "request_headers['x-absent'] = {p0:String}",
    parameters: { p0: `nothing ${round}` },
  }),
  'body contains (rare)': (round) => ({
    sql: 'position(response_body, {p0:String}) > 0',
    parameters: { p0: `deadbee${round}` },
  }),
};

type Ask = (round: number) => Promise<unknown>;
type Pair = [name: string, store: Ask, byHand: Ask];

/** Through the store's reads and through statements written by hand, in turns, on one engine. */
async function queries(directory: string): Promise<void> {
  const driver = await EmbeddedDriver.open({ dataDirectory: directory });
  const reader = new Reader(driver, 'kubeshark.entries');
  const list =
    'id, timestamp, node, protocol, protocols, method, endpoint, summary, status, error, latency, src_ip, src_port, src_name, dst_ip, dst_port, dst_name';
  const pairs = Object.entries(questions).map(([name, ask]): Pair => {
    const statement = `SELECT ${list} FROM kubeshark.entries WHERE ${ask(0)?.sql ?? '1'} ORDER BY id DESC LIMIT 100`;
    return [
      name,
      (round) => readPage(reader, { where: ask(round), limit: 100 }),
      (round) => driver.select({ sql: statement, parameters: ask(ROUNDS + round)?.parameters ?? {} }),
    ];
  });
  pairs.push([
    'p50, p95, p99 per minute',
    () => readSeries(reader, { buckets: 121, limit: 1 }),
    () =>
      driver.select({
        // The same numbers: a chart tells bytes as well.
        sql: 'SELECT intDiv(timestamp, 60000000) AS minute, count(), sum(error), sum(ifNull(request_size, 0) + ifNull(response_size, 0)), quantilesTDigest(0.5, 0.95, 0.99)(latency) FROM kubeshark.entries GROUP BY minute ORDER BY minute',
      }),
  ]);
  for (const [name, store, byHand] of pairs) {
    const own: number[] = [];
    const other: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      own.push(await millis(() => store(round)));
      other.push(await millis(() => byHand(round)));
    }
    const [mine, plain] = [median(own), median(other)];
    print(`${name}: store / by hand (${mine.toFixed(0)} / ${plain.toFixed(0)} ms)`, times(mine / plain), '<= 1.3');
  }
  await driver.close();
}

async function residentBytes(pid: number | string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

export async function store(): Promise<void> {
  const count = Number(process.env['KUBESHARK_BENCH_ENTRIES'] ?? DEFAULT_ENTRIES);
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-bench-'));
  const at = (name: string) => path.join(directory, name);
  try {
    const sample = Array.from({ length: POOL }, (_, index) => aRandomEntry(index, POOL));
    encode(sample);
    const { blocks, microsEach } = encode(sample);
    const began = performance.now();
    for (const entry of sample) JSON.stringify(entry);
    const jsonMicros = ((performance.now() - began) * 1000) / sample.length;
    print(
      `encoding an entry / JSON.stringify (${microsEach.toFixed(1)} / ${jsonMicros.toFixed(1)} us)`,
      times(microsEach / jsonMicros),
    );
    const raw = await rawIngest(at('raw'), blocks, count);
    const json = await rawJsonIngest(at('json'), sample);

    const opened = await openStore({ dataDirectory: at('store') });
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const whole = await speedOf(at('store'), count, () => ingest(opened, sample, count));
    const jsonBytes = sample.reduce((sum, entry) => sum + JSON.stringify(entry).length + 1, 0) / sample.length;
    delay.disable();
    const { bytes, entries } = await opened.stats();
    const memory = [await residentBytes('self'), await residentBytes(await engineOf(at('store')))] as const;
    await opened.close();

    const rates = (other: Speed) => `${whole.rowsPerSecond.toFixed(0)} / ${other.rowsPerSecond.toFixed(0)} rows/s`;
    print(`insert / Native blocks by hand (${rates(raw)})`, times(whole.rowsPerSecond / raw.rowsPerSecond), '>= 0.5');
    print(`insert / JSON rows by hand (${rates(json)})`, times(whole.rowsPerSecond / json.rowsPerSecond), '>= 1.7');
    const cpu = `${whole.cpu.toFixed(0)} / ${raw.cpu.toFixed(0)} / ${json.cpu.toFixed(0)} us a row`;
    print(`CPU of insert / Native by hand / JSON by hand (${cpu})`, times(whole.cpu / raw.cpu), '<= 2');
    const sizes = `${(bytes / entries).toFixed(0)} / ${jsonBytes.toFixed(0)} bytes`;
    print(`disk / NDJSON of an entry (${sizes})`, times(bytes / entries / jsonBytes), '<= 0.20');
    print('event loop delay while inserting, p99 ms', (delay.percentile(99) / 1e6).toFixed(0), '< 50');
    print(`resident memory after ${entries} entries, hub and engine`, memory.map(megabytes).join(' + '));
    await queries(at('store'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
