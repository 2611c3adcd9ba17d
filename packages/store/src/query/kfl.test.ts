/** KFL's two back ends on the real engine: what SQL says of every entry is what the predicate says. */

import { readdirSync, readFileSync } from 'node:fs';
import { compile, compileSql, compileSqlPipeline, runQuery } from '@kubeshark/kfl';
import { anyCondition, anyEntry, readScript } from '@kubeshark/kfl/testing';
import { type Entry, kflSchema, sqlMapping } from '@kubeshark/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Driver } from '../driver/driver.ts';
import { engines, type TestEngine } from '../testing/engines.ts';

const scripts = new URL('../../../kfl/conformance/', import.meta.url);
const NOW = Date.UTC(2026, 10, 23, 10, 1) * 1000;
/** Conditions asked in one statement. */
const CHUNK = 40;

const [, startEmbedded] = engines[0] ?? [];
let engine: TestEngine;
let driver: Driver;

/** An engine that holds these entries and nothing else. */
async function fill(entries: readonly Entry[]): Promise<void> {
  if (startEmbedded === undefined) throw new Error('there is no embedded engine');
  engine = await startEmbedded();
  const store = await engine.open();
  await store.insert(entries);
  await store.close();
  driver = await engine.driver();
}

interface Answer {
  readonly query: string;
  readonly isExact: boolean;
  /** Entries by the predicate and by SQL, in the order of the ids. */
  readonly byPredicate: readonly string[];
  readonly bySql: readonly string[];
}

async function ask(queries: readonly string[], entries: readonly Entry[]): Promise<readonly Answer[]> {
  const compiled = queries.map((query) => compile(query, kflSchema, { now: NOW }));
  const clauses = compiled.map((one, index) => compileSql(one, sqlMapping, { prefix: `q${index}_` }));
  const { rows } = await driver.select({
    sql: `SELECT toString(id), ${clauses.map(({ sql }) => `(${sql})`).join(', ')} FROM kubeshark.entries ORDER BY id`,
    parameters: Object.assign({}, ...clauses.map(({ parameters }) => parameters)),
  });
  return compiled.map((one, index) => {
    const cells = rows.map((row) => row[index + 1]);
    // Never NULL: it would turn `not` around.
    expect(cells.filter((cell) => Number(cell) !== 0 && Number(cell) !== 1)).toEqual([]);
    return {
      query: one.text,
      isExact: clauses[index]?.isExact === true,
      byPredicate: entries.filter((entry) => one.predicate(entry)).map(({ id }) => id),
      bySql: rows.filter((row) => Number(row[index + 1]) === 1).map((row) => String(row[0])),
    };
  });
}

/** SQL finds what the predicate finds; where it does not claim to be exact, at least that. */
function expectAgreement({ query, isExact, byPredicate, bySql }: Answer): void {
  const found = isExact ? bySql : bySql.filter((id) => byPredicate.includes(id));
  expect({ query, found }).toEqual({ query, found: byPredicate });
}

describe.each(readdirSync(scripts))('conformance %s', (name) => {
  const { entries, steps } = readScript(readFileSync(new URL(name, scripts), 'utf8'));
  const all = [...entries.values()] as unknown as readonly Entry[];
  beforeAll(() => fill(all));
  afterAll(async () => {
    await driver.close();
    await engine.dispose();
  });

  test('pipelines', async () => {
    for (const { query } of steps.filter(({ kind }) => kind === 'table')) {
      const compiled = compile(query, kflSchema);
      const source = { table: 'kubeshark.entries' };
      if (compileSqlPipeline(compiled, sqlMapping, { source }) !== undefined) await askPipeline(query, all);
    }
  });

  test('conditions', async () => {
    const queries = steps.filter(({ kind }) => kind === 'eval').map(({ query }) => query);
    for (let at = 0; at < queries.length; at += CHUNK) {
      for (const answer of await ask(queries.slice(at, at + CHUNK), all)) expectAgreement(answer);
    }
  });
});

/** Rows in an order of their own: without `sort` the engine's is its own affair. */
const ordered = (rows: readonly (readonly unknown[])[]) =>
  rows.map((row) => JSON.stringify(row.map(rounded))).toSorted();
/** Sums of fractions depend on their order. */
const rounded = (cell: unknown) => (typeof cell === 'number' ? Number(cell.toPrecision(12)) : cell);

async function askPipeline(query: string, entries: readonly Entry[]): Promise<void> {
  const compiled = compile(query, kflSchema, { now: NOW });
  const pipeline = compileSqlPipeline(compiled, sqlMapping, { source: { table: 'kubeshark.entries' } });
  if (pipeline === undefined) throw new Error(`${query} is not for SQL`);
  const { rows } = await driver.select(pipeline);
  const result = runQuery(compiled, entries);
  if (result.kind !== 'table') throw new Error(`${query} gives no table`);
  expect(pipeline.columns).toEqual(result.columns);
  const found = { query, rows: ordered(rows.map((row) => pipeline.decode(row))) };
  expect(found).toEqual({ query, rows: ordered(result.rows) });
}

describe('generated queries over generated entries', () => {
  const ENTRIES = 300;
  const STATEMENTS = 25;
  const entries = fc
    .sample(anyEntry, { numRuns: ENTRIES, seed: 7 })
    .map((entry, index) => ({ ...entry, id: String(1_000_000n + BigInt(index)) })) as unknown as readonly Entry[];
  beforeAll(() => fill(entries));
  afterAll(async () => {
    await driver.close();
    await engine.dispose();
  });

  test.each([
    '| count',
    'http | count by request.method',
    '| count by response.status | sort -count',
    '| count by namespaces',
    '| count by request.headers["x-token"]',
    '| count by error, dst.name | where count > 3 | sort dst.name',
    '| stats count(), sum(request.size), avg(response.latency), min(response.latency), max(connection.index) by protocol',
    '| stats p50(response.latency), p99(response.latency), quantile(0.25, elapsed_time), errorRate() by src.name',
    '| stats dcount(dst.name), dcount(response.status), dcount(dns.questions), rate()',
    '| stats avg(response.status), count() by node',
    '| stats rate() by protocol',
    '| timechart 1m count(), errorRate(), rate()',
    '| timechart 90s p95(response.latency) by error',
    '| top 3 endpoint',
    'http and response.status >= 500 | top 2 dst.port by max(response.latency)',
    '| distinct src.ip | sort src.ip',
    '| fields id, request.path, error | where error | count by request.path',
    '| count by src.name | count by count',
    '| stats count() by request.body.size > 1',
    'redis | stats count() as n by redis.command | where n >= 1 | sort -n | limit 100',
    'dst.name == "nobody" | stats count(), p95(response.latency), errorRate(), rate()',
  ])('the pipeline %s gives the same rows', (query) => askPipeline(query, entries));

  test.each([
    '| count by redis.response',
    '| limit 5 | count',
    'request.body.json().a == 1 | count',
    'http',
    '| sort id',
  ])('the pipeline %s is left to memory', (query) => {
    const source = { table: 'kubeshark.entries' };
    expect(compileSqlPipeline(compile(query, kflSchema), sqlMapping, { source })).toBeUndefined();
  });

  test('predicate and SQL agree, and SQL does most of the work', { timeout: 120_000 }, async () => {
    let exact = 0;
    let total = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyCondition, { minLength: CHUNK, maxLength: CHUNK }), async (queries) => {
        for (const answer of await ask(queries, entries)) {
          expectAgreement(answer);
          total++;
          if (answer.isExact) exact++;
        }
      }),
      { numRuns: STATEMENTS },
    );
    expect(exact / total).toBeGreaterThan(0.4);
  });
});
