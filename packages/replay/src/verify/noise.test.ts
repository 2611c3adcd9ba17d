import { expect, test } from 'vitest';
import { recorded } from '../testing/target.ts';
import { learnFromRecording, learnFromRuns, parseRules, ruleText, sameLook } from './noise.ts';

test.each([
  ['2026-01-01T10:00:00Z', '2026-01-02T11:30:00Z', 'a time'],
  ['Mon, 23 Nov 2026 05:46:38 GMT', 'Tue, 24 Nov 2026 05:46:38 GMT', 'a time'],
  [1_767_607_200, 1_767_607_999, 'a time'],
  [1_767_607_200_123, 1_767_607_999_000, 'a time'],
  ['123e4567-e89b-42d3-a456-426614174000', '00000000-e89b-42d3-a456-426614174000', 'a UUID'],
  ['9f86d081884c7d65', '0a1b2c3d4e5f6071', 'a random id'],
  ['shipped', 'open', undefined],
  [17, 18, undefined],
  ['2026-01-01T10:00:00Z', null, undefined],
])('%s and %s both look like %s', (expected, actual, look) => {
  expect(sameLook(expected, actual)).toBe(look);
});

test('equal requests that were answered with different times teach what to pass over, a price does not', () => {
  const answer = (time: string, price: number, at: number) =>
    recorded({ url: '/prices', answer: { items: [{ at: time, price }] }, at });
  expect(learnFromRecording([answer('2026-01-01T10:00:00Z', 1, 0), answer('2026-01-01T10:00:09Z', 2, 9)])).toEqual([
    { endpoint: 'GET /prices', place: '$.items[*].at', reason: 'a time; differs within the recording' },
  ]);
});

test('what differs between two runs is passed over, whatever it looks like', () => {
  expect(learnFromRuns([{ endpoint: 'GET /a', first: '{"n":1,"m":2}', second: '{"n":3,"m":2}' }])).toEqual([
    { endpoint: 'GET /a', place: '$.n', reason: 'differs between two runs' },
  ]);
});

test('an ignore list is read as it is shown', () => {
  const { rules, faults } = parseRules(
    'GET /a/{id} $.createdAt  # a time\n\n# a comment\n$.traceId\nGET /b header:ETag\nGET /c nonsense\n',
  );
  expect(rules.map(ruleText)).toEqual([
    'GET /a/{id} $.createdAt  # a time',
    '* $.traceId  # ignore list',
    'GET /b header:etag  # ignore list',
  ]);
  expect(faults).toEqual(['GET /c nonsense']);
  expect(parseRules(rules.map(ruleText).join('\n')).rules).toEqual(rules);
});
