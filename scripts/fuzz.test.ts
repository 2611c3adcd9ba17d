import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** The machine may have other work: these end by themselves after a second or two. */
const PATIENCE_MILLIS = 120_000;

const fuzz = (...words: readonly string[]) =>
  spawnSync(process.execPath, [path.join(import.meta.dirname, 'fuzz.ts'), ...words], { encoding: 'utf8' });

const fixtures = path.resolve(import.meta.dirname, '../packages/capture/fixtures');
const protocols = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => name.split(path.sep)[0] ?? '');

/** A minute of all parsers together. */
test.each([...new Set(protocols), 'capture', 'contract'])(
  'two seconds of %s find nothing',
  (target) => {
    // Another one each time: CI is a fuzzer too, and a failure says its seed.
    const { status, stdout, stderr } = fuzz(target, '2', String(Date.now() % 2 ** 31));
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\d+ (captures of \d+ fixtures|runs over \d+ conversations), 0 troubles, \d+ MB\n$/);
    expect(status).toBe(0);
  },
  PATIENCE_MILLIS,
);

test(
  'what cannot be fuzzed is told with what can',
  () => {
    const { status, stderr } = fuzz('nothing');
    expect(stderr).toMatch(/^nothing called nothing is fuzzed; there is: contract, capture, .*redis/);
    expect(status).toBe(2);
  },
  PATIENCE_MILLIS,
);
