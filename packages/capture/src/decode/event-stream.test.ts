import { expect, test } from 'vitest';
import { readEvents } from './event-stream.ts';

test.each([
  ['one event', 'data: hi\n\n', { count: 1, events: [{ type: 'message', data: 'hi' }] }],
  ['lines of data are joined', 'data: a\ndata: b\n\n', { events: [{ type: 'message', data: 'a\nb' }] }],
  [
    'a type and an id, which goes on',
    'event: price\nid: 7\ndata: 1\n\ndata: 2\n\n',
    {
      types: ['price', 'message'],
      lastEventId: '7',
      events: [
        { type: 'price', data: '1', id: '7' },
        { type: 'message', data: '2', id: '7' },
      ],
    },
  ],
  [
    'comments and other fields',
    ': keep-alive\n\nretry: 100\ndata:x\n\n',
    { count: 1, events: [{ type: 'message', data: 'x' }] },
  ],
  ['CRLF', 'data: a\r\n\r\ndata: b\r\n\r\n', { count: 2 }],
  ['an event that is not over', 'data: a\n\ndata: b\n', { count: 1 }],
  ['nothing', '', { count: 0, events: [] }],
])('%s', (_name, text, expected) => {
  expect(readEvents(text)).toMatchObject(expected);
});

test('a long stream is counted, its beginning listed', () => {
  const { count, events } = readEvents('data: x\n\n'.repeat(1000));
  expect([count, events.length]).toEqual([1000, 200]);
});
