import { expect, test } from 'vitest';
import { acceptChoice, defaultChoice, fitColumns, MIN_COLUMN_WIDTH } from './columns.ts';

test('a wide list shows all chosen columns, a narrow one the important ones in the same order', () => {
  expect(fitColumns(defaultChoice, 2000)).toEqual(defaultChoice);
  expect(fitColumns(defaultChoice, 420).map(({ id }) => id)).toEqual(['protocol', 'status', 'summary', 'latency']);
  expect(fitColumns(defaultChoice, 0)).toHaveLength(2);
});

test.each([
  [undefined, undefined],
  ['time', undefined],
  [[{ id: 'gone', width: 10 }], undefined],
  [
    [{ id: 'time', width: 1 }, { id: 'time', width: 80 }, null, { id: 'dst', width: 1e9 }],
    [
      { id: 'time', width: MIN_COLUMN_WIDTH },
      { id: 'dst', width: 1600 },
    ],
  ],
])('%o left in the storage is read as %o', (stored, choice) => {
  expect(acceptChoice(stored)).toEqual(choice);
});
