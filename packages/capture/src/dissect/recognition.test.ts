import { expect, test } from 'vitest';
import { dissectors } from '../protocols/registry.ts';
import { type Question, Recognition } from './recognition.ts';

const recognition = new Recognition(dissectors);
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

function answer(low: string, high: string, more: Partial<Question> = {}): string {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const found = recognition.recognise({
    samples: [bytes(low), bytes(high)],
    client: null,
    ports: [40_000, 40_001],
    transport: 'tcp',
    final: false,
    midStream: false,
    refused: null,
    ...more,
  });
  return found.kind === 'found' ? `${found.dissector.id} from ${found.client}` : found.kind;
}

test.each<[string, string, string, Partial<Question>, string]>([
  ['a request tells the client', GET, '', {}, 'http from 0'],
  ['a response tells the server', '', OK, {}, 'http from 0'],
  ['both ends agree', OK, GET, {}, 'http from 1'],
  ['the port does not decide: HTTP on Redis', GET, OK, { ports: [40_000, 6379] }, 'http from 0'],
  ['one side that does not fit refuses', GET, '\u0000\u0000\u0000', { final: true }, 'unknown'],
  [
    'in the middle of a stream it may be inside a message',
    'x: y\r\n\r\n',
    OK,
    { midStream: true, client: 0 },
    'http from 0',
  ],
  ['too little to say', 'GE', '', {}, 'undecided'],
  ['too little, and no more will come', 'GE', '', { final: true }, 'unknown'],
  ['a dissector that failed is not asked again', GET, OK, { refused: new Set(dissectors) }, 'unknown'],
])('%s', (_, low, high, more, expected) => {
  expect(answer(low, high, more)).toBe(expected);
});

test.each([
  [[40_000, 80], 0],
  [[80, 40_000], 1],
  [[40_000, 1234], 0],
  [[5000, 5000], null],
] as const)('ports %j: the client sends in direction %s', (ports, client) => {
  expect(recognition.likelyClient(ports)).toBe(client);
});
