import { expect, test } from 'vitest';
import { dissectors } from '../protocols/registry.ts';
import type { Dissector } from './dissector.ts';
import { type Question, Recognition } from './recognition.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

function answer(low: string, high: string, more: Partial<Question> = {}, recognition = new Recognition(dissectors)) {
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
  expect(new Recognition(dissectors).likelyClient(ports)).toBe(client);
});

const LETTERS = 'abcdefgh';

/** Dissectors that tell of being asked: each knows messages of two bytes at least that begin with its letter. */
function letters() {
  let asked = '';
  const all = dissectors.slice(0, LETTERS.length).map(({ id }, index): Dissector => {
    const probe = (sample: Uint8Array) => {
      asked += LETTERS.charAt(index);
      if (sample[0] !== LETTERS.charCodeAt(index)) return 'no';
      return sample.length === 1 ? 'more' : 'yes';
    };
    const open = () => {
      throw new Error('only asked');
    };
    return { id, transports: ['tcp'], probe, open };
  });
  const recognition = new Recognition(all);
  const letterOf = (id: string) => LETTERS.charAt(all.findIndex((dissector) => dissector.id === id));
  const ask = (said: string, ports: readonly [number, number] = [40_000, 1234], more: Partial<Question> = {}) => {
    asked = '';
    const found = answer(said, '', { client: 0, ports, ...more }, recognition);
    return { found: found.replace(/^\S+(?= from)/, letterOf), asked };
  };
  return { ask };
}

test('what a server was recognised as is asked first', () => {
  const { ask } = letters();
  expect(ask('ggg').asked).toBe('abcdefg');
  expect(ask('ggg', [40_001, 1234])).toEqual({ found: 'g from 0', asked: 'g' });
  // Another server.
  expect(ask('ggg', [40_001, 1235]).asked).toBe('abcdefg');
  // The port of the server, not of the client.
  expect(ask('ggg', [1234, 40_001]).asked).toBe('abcdefg');
});

test('without a handshake the end at which something was recognised is the server', () => {
  const { ask } = letters();
  ask('ggg');
  expect(ask('ggg', [1000, 1234], { client: null })).toEqual({ found: 'g from 0', asked: 'g' });
});

test('another protocol at a known server costs one refused probe, and is what is known then', () => {
  const { ask } = letters();
  ask('ggg');
  expect(ask('ccc')).toEqual({ found: 'c from 0', asked: 'gabc' });
  expect(ask('ccc').asked).toBe('c');
});

test('while what is known of a server cannot say, the stream is asked about as any other', () => {
  const { ask } = letters();
  ask('ggg');
  expect(ask('g')).toEqual({ found: 'undecided', asked: 'gabcdefg' });
  expect(ask('g', [40_000, 1234], { final: true }).found).toBe('unknown');
});

test('what failed on these bytes is not asked because it is known', () => {
  const all = dissectors.filter(({ id }) => id === 'http' || id === 'redis');
  const recognition = new Recognition(all);
  expect(answer(GET, OK, {}, recognition)).toBe('http from 0');
  expect(answer(GET, OK, { refused: new Set(all) }, recognition)).toBe('unknown');
});

test('what was found in the middle of a stream is not remembered', () => {
  const { ask } = letters();
  ask('ggg', [40_000, 1234], { midStream: true });
  expect(ask('ggg').asked).toBe('abcdefg');
});

test('a flood of servers at all ports makes no question longer', () => {
  const { ask } = letters();
  for (let port = 0; port < 65_536; port++) ask(port % 2 === 0 ? 'hh' : 'gg', [40_000, port]);
  for (const port of [0, 1, 1234, 65_535]) expect(ask('aa', [40_000, port]).asked).toHaveLength(2);
});
