import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engines, type TestEngine } from '../testing/engines.ts';
import type { Driver } from './driver.ts';

describe.each(engines)('driver of %s', (_, start) => {
  let engine: TestEngine;
  let driver: Driver;
  beforeAll(async () => {
    engine = await start();
    driver = await engine.driver();
  });
  afterAll(async () => {
    await driver.close();
    await engine.dispose();
  });

  test('any text is bound as itself and never read as SQL', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom("'", '\\', '\n', '\0', '--', ';', '{a:String}', '/*', '`', 'é', '\b', '\t'), {
          maxLength: 12,
        })
        .map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 50 }), async (texts) => {
        const parameters = Object.fromEntries(texts.map((one, index) => [`p${index}`, one]));
        const sql = `SELECT ${texts.map((_, index) => `{p${index}:String}`).join(', ')}, {list:Array(String)}`;
        const { rows } = await driver.select({ sql, parameters: { ...parameters, list: texts } });
        expect(rows).toEqual([[...texts, texts]]);
      }),
      { numRuns: 15 },
    );
  });

  test('numbers keep all their digits', async () => {
    const parameters = { big: '18446744073709551615', list: ['0', '9007199254740993'], real: 0.1, huge: 1e300 };
    const { rows } = await driver.select({
      sql: 'SELECT {big:UInt64}, {list:Array(UInt64)}, {real:Float64}, {huge:Float64}',
      parameters,
    });
    expect(rows).toEqual([['18446744073709551615', ['0', '9007199254740993'], 0.1, 1e300]]);
  });

  test('an abort stops the query in the engine', async () => {
    const controller = new AbortController();
    const slow = driver.select(
      { sql: "SELECT count(), 'findme' FROM numbers(100000000000) WHERE sipHash64(number) = 1" },
      { signal: controller.signal },
    );
    await until(async () => (await running(driver)) === 1);
    controller.abort();
    await expect(slow).rejects.toMatchObject({ code: 'cancelled' });
    await until(async () => (await running(driver)) === 0);
  });

  test.each([
    ['timeout', { seconds: 0.2 }, 'SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1'],
    ['memory', { memoryBytes: 20_000_000 }, 'SELECT uniqExact(number) FROM numbers(100000000)'],
    ['rows', { rows: 1_000_000 }, 'SELECT count() FROM numbers(100000000) WHERE sipHash64(number) = 1'],
    ['engine', {}, 'SELECT nonsense'],
  ] as const)('a query over its limits fails with %s and leaves the engine well', async (code, limits, sql) => {
    await expect(driver.select({ sql }, { limits })).rejects.toMatchObject({ code });
    expect((await driver.select({ sql: 'SELECT 1' })).rows).toEqual([[1]]);
  });

  test('a slow query does not hold up others', async () => {
    const controller = new AbortController();
    const slow = driver
      .select(
        { sql: 'SELECT count() FROM numbers(100000000000) WHERE sipHash64(number) = 1' },
        { signal: controller.signal },
      )
      .catch(() => 'ended');
    expect((await driver.select({ sql: 'SELECT 2' })).rows).toEqual([[2]]);
    controller.abort();
    expect(await slow).toBe('ended');
  });
});

async function running(driver: Driver): Promise<number> {
  const { rows } = await driver.select({
    sql: "SELECT count() FROM system.processes WHERE query LIKE '%find' || 'me%'",
  });
  return Number(rows[0]?.[0]);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}
