import { expect, test } from 'vitest';
import { parseInstant } from './instant.ts';
import { EntryId, Instant } from './scalars.ts';

test.each([
  ['micros', '1760000000000000', 1_760_000_000_000_000],
  ['zero', '0', 0],
  ['ISO 8601', '2026-11-23T10:00:00Z', Date.UTC(2026, 10, 23, 10) * 1000],
  ['ISO 8601 with an offset', '2026-11-23T10:00:00+02:00', Date.UTC(2026, 10, 23, 8) * 1000],
  ['empty', '', undefined],
  ['a day without a time', '2026-11-23', undefined],
  ['negative', '-5', undefined],
  ['more digits than a double holds', '123456789012345678', undefined],
  ['a word', 'yesterday', undefined],
  ['a month that does not exist', '2026-13-01T00:00:00Z', undefined],
])('an instant: %s', (_name, text, micros) => {
  expect(parseInstant(text)).toBe(micros);
  expect(Instant.safeParse(text).success).toBe(micros !== undefined);
});

test.each(['', '-1', '1e3', '../../etc/passwd', '1 OR 1=1', '9'.repeat(21)])('%j is no entry id', (text) => {
  expect(EntryId.safeParse(text).success).toBe(false);
});
