import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** The machine may have other work: a minute of all together, each of which takes a second more to start. */
const PATIENCE_MILLIS = 600_000;

const fuzz = (...words: readonly string[]) =>
  spawnSync(process.execPath, [path.join(import.meta.dirname, 'fuzz.ts'), ...words], { encoding: 'utf8' });

const fixtures = path.resolve(import.meta.dirname, '../packages/capture/fixtures');
const recorded = readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => name.split(path.sep)[0] ?? '');

test(
  'two seconds of each parser find nothing',
  () => {
    // Another seed each time: CI is a fuzzer too, and a failure says which it was.
    const { status, stdout, stderr } = fuzz('each', '2', String(Date.now() % 2 ** 31));
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    const found = /^(\w+): [1-9]\d* (?:captures of \d+ fixtures|runs over \d+ conversations), 0 troubles, \d+ MB$/;
    expect(new Set(lines.map((line) => found.exec(line)?.[1] ?? line))).toEqual(
      new Set([...recorded, 'contract', 'capture']),
    );
    expect(status).toBe(0);
  },
  PATIENCE_MILLIS,
);

test(
  'what cannot be fuzzed is told with what can',
  () => {
    const { status, stderr } = fuzz('nothing');
    expect(stderr).toMatch(/^nothing called nothing is fuzzed; there is: each, contract, capture, .*redis/);
    expect(status).toBe(2);
  },
  PATIENCE_MILLIS,
);
