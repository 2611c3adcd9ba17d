import { expect, test } from 'vitest';
import { readingOf } from './reading.ts';

test.each<[string, string]>([
  ['', 'All calls'],
  ['http', 'Calls where it is a http call'],
  ['http and response.status >= 500', 'Calls where it is a http call and response.status is at least 500'],
  ['redis or gql', 'Calls where it is a redis call or it is a graphql call'],
  [
    'http and not request.headers["Authorization"]',
    'Calls where it is a http call and not request.headers["Authorization"] is there',
  ],
  [
    'http | count by endpoint | limit 5',
    'Calls where it is a http call; then count them for each endpoint; then the first 5',
  ],
  ['response.status >=', ''],
])('%s reads: %s', (query, reading) => {
  expect(readingOf(query)).toBe(reading);
});
