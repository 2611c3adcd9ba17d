import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { MAX_NAMES, Summary } from './summary.ts';

test('names are kept up to their limit, calls are counted beyond it', () => {
  const summary = new Summary();
  for (let n = 0; n < MAX_NAMES + 10; n++)
    summary.add(
      anHttpEntry(n, { src: { ip: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, port: 1, name: `pod-${n}` } }),
    );
  expect(Object.keys(summary.names)).toHaveLength(MAX_NAMES);
  expect(summary.counted).toMatchObject({ entries: MAX_NAMES + 10, protocols: { http: MAX_NAMES + 10 } });
});

test('what is missing is said in sentences, each once', () => {
  const summary = new Summary();
  summary.gap('node-2 was not connected');
  summary.gap('node-2 was not connected');
  summary.add(anHttpEntry(0, { capture: { source: 'file', truncated: true } }));
  expect(summary.counted.gaps).toEqual([
    'node-2 was not connected',
    '1 calls have bodies or packets that were cut when captured',
  ]);
});
