/**
 * Stores entries one second apart, in batches, from the second given on, as fast as it can; prints the second after each
 * acknowledged batch. Arguments: data directory, first second. It is there to be killed.
 */

import { anHttpEntry } from '@kubeshark/testkit';
import { openStore } from '../store.ts';

const BATCH = 200;
const [dataDirectory = '', first = '0'] = process.argv.slice(2);

const store = await openStore({ dataDirectory, blockMillis: 1 });
for (let second = Number(first); ; second += BATCH) {
  await store.insert(Array.from({ length: BATCH }, (_, index) => anHttpEntry(second + index)));
  process.stdout.write(`${second + BATCH}\n`);
}
