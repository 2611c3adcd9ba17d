/** KFL's two back ends on the real engine: what SQL says of every entry is what the predicate says. */

import { readdirSync, readFileSync } from 'node:fs';
import { compile, compileSql } from '@kubeshark/kfl';
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

  test('conditions', async () => {
    const queries = steps.filter(({ kind }) => kind === 'eval').map(({ query }) => query);
    for (let at = 0; at < queries.length; at += CHUNK) {
      for (const answer of await ask(queries.slice(at, at + CHUNK), all)) expectAgreement(answer);
    }
  });
});

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
