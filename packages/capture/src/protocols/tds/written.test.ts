/** `dissectAll` holds what is written of each call against what is described of it. */

import { expect, test } from 'vitest';
import {
  type Argument,
  answer,
  batch,
  call,
  columns,
  done,
  int,
  nvarchar,
  nvarcharMax,
  output,
  returned,
  row,
  says,
} from '../../../fixtures/tds/packets.ts';
import { client, dissectAll, server } from '../../dissect/testing/conversation.ts';
import { tds } from './index.ts';
import { MAX_ROWS } from './rows.ts';

const ok = server(answer(done(0)));
const dataOf = (request: Uint8Array, reply = ok) => dissectAll(tds, [client(request), reply])[0]?.data?.['tds'];

test.each<[string, Argument[], Record<string, unknown>]>([
  ['none', [], {}],
  [
    'by name and by place',
    [
      ['@id', int(7)],
      ['', nvarchar('a "b"')],
    ],
    { '@id': 7, '#2': 'a "b"' },
  ],
  [
    'a name that comes twice',
    [
      ['@a', int(1)],
      ['@a', int(2)],
    ],
    { '@a': 2 },
  ],
  [
    'a name like a place',
    [
      ['#2', int(1)],
      ['', int(2)],
    ],
    { '#2': 2 },
  ],
  [
    'a name that is a number',
    [
      ['@a', int(1)],
      ['7', int(2)],
    ],
    { '@a': 1, '7': 2 },
  ],
  [
    'values of all kinds',
    [
      ['a', nvarcharMax('größe')],
      ['b', int(null)],
      ['c', nvarchar(null)],
    ],
    { a: 'größe', b: null, c: null },
  ],
])('arguments of a procedure are what they are: %s', (_, given, expected) => {
  const data = dataOf(call('dbo.place_order', given));
  expect(data).toMatchObject({ command: 'dbo.place_order', procedure: 'dbo.place_order' });
  expect(data?.['parameters'] ?? {}).toEqual(expected);
});

test('of very many arguments all are shown', () => {
  const many = Array.from({ length: 100 }, (_, id): Argument => ['', int(id)]);
  expect(Object.keys(dataOf(call('p', many))?.['parameters'] ?? {})).toHaveLength(100);
});

test('a call of a procedure has its rows, what informs, its outputs and its status', () => {
  const reply = answer(
    columns([
      ['id', int(0).info],
      ['id', int(0).info],
      ['', nvarchar('').info],
      ['7', nvarcharMax('').info],
    ]),
    row(int(1), int(null), nvarchar('x'), nvarcharMax('')),
    says({ number: 5701, severity: 0, text: 'Changed.' }),
    done(0x11, 1),
    returned(3),
    output('@total', int(9)),
    output('', nvarchar('x')),
    done(0, 0, 0xfe),
  );
  const [found] = dissectAll(tds, [client(call('dbo.total', [['@id', int(7)]])), server(reply)]);
  expect(found).toMatchObject({
    method: 'dbo.total',
    endpoint: 'EXEC dbo.total',
    summary: 'EXEC dbo.total @id=7',
    response: {
      rows: [{ id: 1, 'id#2': null, '#3': 'x', '7': '' }],
      messages: ['Changed.'],
      outputs: { '@total': 9, '#2': 'x' },
    },
    data: { tds: { rows: 1, returnStatus: 3 } },
  });
});

test('a row may say before it which of its values are null', () => {
  const table = columns([
    ['a', int(0).info],
    ['b', nvarchar('').info],
    ['c', int(0).info],
  ]);
  const withNulls = Buffer.concat([Buffer.from([0xd2, 0b010]), int(1).value, int(3).value]);
  const reply = server(answer(table, withNulls, row(int(4), nvarchar('e'), int(6)), done(0x10, 2)));
  const [found] = dissectAll(tds, [client(batch('SELECT a, b, c FROM t')), reply]);
  expect(found?.response).toMatchObject({
    rows: [
      { a: 1, b: null, c: 3 },
      { a: 4, b: 'e', c: 6 },
    ],
  });
});

test('of several results the first rows are shown, each with its own columns', () => {
  const table = (name: string, count: number) =>
    Buffer.concat([
      columns([[name, int(0).info]]),
      ...Array.from({ length: count }, (_, id) => row(int(id))),
      done(0x11, count),
    ]);
  const reply = server(answer(table('a', 3), table('b', 30), done(0)));
  const rows = dissectAll(tds, [client(batch('SELECT 1')), reply])[0]?.response?.['rows'] as object[];
  expect(rows).toHaveLength(MAX_ROWS);
  expect([rows[2], rows[3]]).toEqual([{ a: 2 }, { b: 0 }]);
});

test('outputs without end are bounded', () => {
  const outputs = Array.from({ length: 3000 }, () => output('', int(1)));
  const pieces = Array.from({ length: 3 }, (_, at) => outputs.slice(at * 1000, at * 1000 + 1000));
  const packets = pieces.map((tokens, at) => {
    const bytes = answer(...tokens, ...(at === 2 ? [done(0)] : []));
    if (at < 2) bytes[1] = 0;
    return server(bytes);
  });
  const [found] = dissectAll(tds, [client(call('p', [])), ...packets]);
  expect(Object.keys(found?.response?.['outputs'] ?? {})).toHaveLength(2100);
});

test('what waits when its bytes go away is what it was', () => {
  const asked = Array.from({ length: 12 }, (_, id) =>
    client(
      call('p', [
        ['@id', int(id)],
        ['@text', nvarchar(`n${id}`)],
      ]),
    ),
  );
  const calls = dissectAll(tds, [...asked, ...asked.map(() => ok)]);
  expect(calls.map(({ data }) => data?.['tds']?.['parameters'])).toEqual(
    asked.map((_, id) => ({ '@id': id, '@text': `n${id}` })),
  );
});

test('a prepared statement outlives the bytes it came in', () => {
  const text = nvarchar("SELECT id FROM orders WHERE item = N'lamp' AND id = @id");
  const prepare = call(13, [
    ['', int(null), 1],
    ['', nvarchar('@id int')],
    ['', text],
    ['', int(1)],
  ]);
  const run = call(12, [
    ['', int(5)],
    ['', int(7)],
  ]);
  const noise = Array.from({ length: 200 }, (_, id) => [
    client(batch(`SELECT ${'x'.repeat(90)} WHERE id = ${id}`)),
    ok,
  ]).flat();
  const calls = dissectAll(tds, [
    client(prepare),
    server(answer(output('', int(5)), done(0))),
    ...noise,
    client(run),
    ok,
  ]);
  expect(calls.at(-1)?.summary).toBe("SELECT id FROM orders WHERE item = N'lamp' AND id = @id");
});
