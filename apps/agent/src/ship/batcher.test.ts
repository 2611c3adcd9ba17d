import { zstdDecompressSync } from 'node:zlib';
import { RedactionSettings } from '@kubeshark/contract';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { nobody } from '../enrich/process.ts';
import { createRules } from '../redact/rules.ts';
import { Batcher } from './batcher.ts';

const { rules } = createRules(RedactionSettings.parse({}));
const json = (entry: object) => Buffer.from(JSON.stringify(entry));

test('entries leave in batches, in order, each once', async () => {
  const counts: number[] = [];
  const batcher = new Batcher(rules, (payload, entries) => {
    counts.push(entries);
    expect(payload.length).toBeGreaterThan(0);
    return Promise.resolve();
  });
  for (let n = 0; n < 1100; n++) batcher.add(json(anHttpEntry(n)), nobody);
  await batcher.flush();
  expect([counts, batcher.lost, batcher.waiting]).toEqual([[500, 500, 100], 0, 0]);
});

test('when batches are not taken, only so many wait, and the rest is given up and counted', async () => {
  const taken = Promise.withResolvers<void>();
  let handed = 0;
  const batcher = new Batcher(rules, async (_payload, entries) => {
    handed += entries;
    await taken.promise;
  });
  const entry = json(anHttpEntry(1));
  for (let n = 0; n < 70 * 500; n++) batcher.add(entry, nobody);
  expect(batcher.lost).toBe(6 * 500);
  taken.resolve();
  await batcher.flush();
  expect(handed).toBe(64 * 500);
});

test('an entry too large for any batch is given up and counted', async () => {
  const batcher = new Batcher(rules, () => Promise.reject(new Error('nothing should come')));
  const text = 'x'.repeat(64 * 1024 * 1024);
  batcher.add(json(anHttpEntry(1, { response: { size: 1, body: { size: text.length, text } } })), nobody);
  await batcher.flush();
  expect(batcher.lost).toBe(1);
});

test('rules that change leave what was added before as it was', async () => {
  const batches: string[] = [];
  const batcher = new Batcher(createRules({ defaults: false, rules: [] }).rules, (payload) => {
    batches.push(zstdDecompressSync(payload).toString('latin1'));
    return Promise.resolve();
  });
  const entry = json(anHttpEntry(1, { summary: 'token=s3cret' }));
  batcher.add(entry, nobody);
  batcher.redactBy(rules);
  batcher.add(entry, nobody);
  await batcher.flush();
  expect(batches.map((batch) => [batch.includes('s3cret'), batch.includes('[REDACTED]')])).toEqual([
    [true, false],
    [false, true],
  ]);
});
