import { expect, test } from 'vitest';
import { firstChoice, replayBody } from './replay-choice.ts';

test.each([
  ['as recorded', {}, { speed: 1, loops: 1, sample: 1, mapHosts: {}, dropHeaders: [], hasBaseline: false }],
  ['faster', { pace: 'faster', amount: 5 }, { speed: 5 }],
  ['as fast as the target answers', { pace: 'max' }, { speed: 'max' }],
  ['at a rate that rises', { pace: 'rate', amount: 5, rampSeconds: 30 }, { speed: 1, rate: 5, rampSeconds: 30 }],
  ['for some time, over and over', { durationSeconds: 60, loops: 100 }, { durationSeconds: 60, loops: 100 }],
  ['in part', { sample: 10, methods: 'GET, HEAD' }, { sample: 0.1, methods: ['GET', 'HEAD'] }],
  [
    'with headers, whose values may hold colons',
    { headers: 'Authorization: Bearer a:b\n\nnonsense\nX-A:1', dropHeaders: 'X-B\nx-c' },
    { setHeaders: { Authorization: 'Bearer a:b', 'X-A': '1' }, dropHeaders: ['X-B', 'x-c'] },
  ],
  [
    'of several hosts',
    { hosts: 'shop.example:8080 = http://staging:1\nnonsense\nbank=https://b' },
    { mapHosts: { 'shop.example:8080': 'http://staging:1', bank: 'https://b' } },
  ],
  [
    'compared with care',
    { hasBaseline: true, strict: true, unordered: '$.items\n$.tags', latencyMillis: 10 },
    { hasBaseline: true, strict: true, unordered: ['$.items', '$.tags'], latencyMillis: 10 },
  ],
] as const)('a replay %s', (_name, change, expected) => {
  const body = replayBody({ ...firstChoice, target: ' http://staging ', ...change });
  expect(body).toMatchObject({ target: 'http://staging', allowWrites: false, ...expected });
});

test('what is about a rate is not sent without one, and a time of nothing is none', () => {
  const body = replayBody({ ...firstChoice, rampSeconds: 30 });
  expect(body).not.toHaveProperty('rampSeconds');
  expect(body).not.toHaveProperty('durationSeconds');
  expect(body).not.toHaveProperty('methods');
});
