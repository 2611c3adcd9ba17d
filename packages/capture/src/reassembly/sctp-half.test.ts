import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BEGINNING, type Chunk, DATA, ENDING, I_DATA, UNORDERED } from '../packet/sctp.ts';
import { MAX_HELD_CHUNKS, type MessageReceiver, SctpHalf } from './sctp-half.ts';

const INITIAL = 0xffff_fff0 | 0;

interface Sent {
  readonly text: string;
  readonly flags: number;
}

const whole = (text: string): Sent[] => [{ text, flags: BEGINNING | ENDING }];
/** A message in fragments of so many characters. */
const inParts = (text: string, size: number): Sent[] => {
  const parts = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
  return parts.map((part, index) => ({
    text: part,
    flags: (index === 0 ? BEGINNING : 0) | (index === parts.length - 1 ? ENDING : 0),
  }));
};

const noChunk: Chunk = {
  type: 0,
  flags: 0,
  tsn: 0,
  tag: 0,
  stream: 0,
  message: 0,
  fragment: 0,
  start: 0,
  end: 0,
  length: 0,
};

function direction(limits: { readonly maxHeldBytes?: number; readonly maxMessageBytes?: number } = {}) {
  const messages: string[] = [];
  const budget = { used: 0 };
  const receiver: MessageReceiver = {
    message: (_, bytes, { start, end }) => void messages.push(Buffer.from(bytes.subarray(start, end)).toString()),
    gap: (_, chunks) => void messages.push(`<${chunks}>`),
  };
  const half = new SctpHalf(0, receiver, { maxHeldBytes: 100_000, maxMessageBytes: 10_000, budget, ...limits });
  half.begin(INITIAL);
  const send = (position: number, { text, flags }: Sent, { at = 0, length = text.length } = {}) => {
    const tsn = (INITIAL + position) | 0;
    const chunk = { ...noChunk, type: DATA, flags, tsn, end: text.length, length };
    half.data(chunk, Buffer.from(text), at);
  };
  return { half, messages, send, budget };
}

const script = [
  ...whole('one'),
  ...inParts('a message in several fragments', 7),
  ...whole('three'),
  ...inParts('four', 1),
];
const expected = ['one', 'a message in several fragments', 'three', 'four'];

test('any order and doubling of chunks gives the messages, also where TSNs wrap', () => {
  const order = fc.shuffledSubarray([...script.keys()], { minLength: script.length });
  fc.assert(
    fc.property(order, fc.array(fc.nat(script.length - 1)), (positions, again) => {
      const { half, messages, send, budget } = direction();
      for (const position of [...positions, ...again]) send(position, script[position] ?? { text: '', flags: 0 });
      expect(messages.toSorted()).toEqual(expected.toSorted());
      expect(half.isWaiting).toBe(false);
      expect(budget.used).toBe(0);
    }),
  );
});

test('whichever chunk is lost, the messages it is no part of are found', () => {
  for (const lost of script.keys()) {
    const { half, messages, send, budget } = direction();
    for (const [position, chunk] of script.entries()) if (position !== lost) send(position, chunk);
    half.flush();
    const damaged = [0, 1, 1, 1, 1, 1, 2, 3, 3, 3, 3][lost];
    // What is lost at the very end is not known to be missing.
    const isLast = lost === script.length - 1;
    expect(messages.filter((text) => !text.startsWith('<'))).toEqual(expected.filter((_, index) => index !== damaged));
    expect(messages.filter((text) => text.startsWith('<'))).toEqual(isLast ? [] : ['<1>']);
    expect(budget.used).toBe(0);
  }
});

test('a whole message waits for nothing; a hole is given up after so long', () => {
  const { half, messages, send } = direction();
  send(1, { text: 'late', flags: 3 }, { at: 100 });
  expect(messages).toEqual(['late']);
  half.expire(1099, 1000);
  expect(half.isWaiting).toBe(true);
  half.expire(1100, 1000);
  expect(messages).toEqual(['late', '<1>']);
  expect(half.isWaiting).toBe(false);
});

test('what the sender gives up is not waited for', () => {
  const { half, messages, send } = direction();
  send(0, { text: 'half a mess', flags: BEGINNING });
  send(3, { text: 'next', flags: 3 });
  half.forward((INITIAL + 2) | 0);
  expect(messages).toEqual(['next', '<2>']);
});

test('a chunk sent again is told from one seen twice', () => {
  const { half, send } = direction();
  send(0, { text: 'a', flags: 3 }, { at: 1000 });
  send(0, { text: 'a', flags: 3 }, { at: 1500 });
  send(0, { text: 'a', flags: 3 }, { at: 900_000 });
  expect([half.duplicates, half.retransmissions, half.bytes, half.messages]).toEqual([1, 1, 1, 1]);
});

test('a chunk cut by the snap length is no message', () => {
  const { messages, send } = direction();
  send(0, { text: 'beg', flags: 3 }, { length: 10 });
  send(1, { text: 'whole', flags: 3 });
  expect(messages).toEqual(['<1>', 'whole']);
});

test('an association joined later begins where it is joined', () => {
  const messages: string[] = [];
  const receiver: MessageReceiver = {
    message: (_, bytes) => void messages.push(Buffer.from(bytes).toString()),
    gap: () => {},
  };
  const half = new SctpHalf(1, receiver, { maxHeldBytes: 1000, maxMessageBytes: 1000, budget: { used: 0 } });
  const chunk = { ...noChunk, type: DATA, tsn: 77, end: 2, length: 2 };
  half.data({ ...chunk, flags: ENDING }, Buffer.from('xx'), 0);
  half.data({ ...chunk, tsn: 78, flags: BEGINNING | ENDING }, Buffer.from('hi'), 0);
  expect(messages).toEqual(['hi']);
});

test('MAX_JUMP: other numbers are another beginning', () => {
  const { messages, send } = direction();
  send(0, { text: 'one', flags: 3 });
  send(2 ** 24 + 2, { text: 'elsewhere', flags: 3 });
  expect(messages).toEqual(['one', '<1>', 'elsewhere']);
});

test('maxHeldBytes: what waits is bounded, and so is the time its place takes', () => {
  const { half, send, budget } = direction({ maxHeldBytes: 10_000 });
  for (let position = 1; position < 1000; position += 2) {
    send(position, { text: 'x'.repeat(100), flags: BEGINNING });
    expect(budget.used).toBeLessThanOrEqual(10_000 + 228);
  }
  half.flush();
  expect(budget.used).toBe(0);
});

test('MAX_HELD_CHUNKS: a flood of tiny chunks gives up the first hole', () => {
  const { messages, send } = direction({ maxHeldBytes: 100_000_000 });
  for (let position = 1; position <= MAX_HELD_CHUNKS + 1; position++) send(position, { text: 'x', flags: 3 });
  expect(messages.at(-1)).toBe('<1>');
  expect(messages).toHaveLength(MAX_HELD_CHUNKS + 2);
});

test('maxMessageBytes: a message without end is given up', () => {
  const { messages, send, budget } = direction({ maxMessageBytes: 50 });
  send(0, { text: 'x'.repeat(40), flags: BEGINNING });
  for (let position = 1; position < 20; position++) send(position, { text: 'x'.repeat(40), flags: 0 });
  send(20, { text: 'next', flags: 3 });
  expect(messages).toEqual(['<1>', 'next']);
  expect(budget.used).toBe(0);
});

interface Fragment {
  readonly stream?: number;
  readonly message?: number;
  readonly fragment?: number;
  readonly flags?: number;
  readonly captured?: number;
}

/** Sends I-DATA: TSNs count up by themselves. */
function interleaved(limits: { readonly maxHeldBytes?: number; readonly maxMessageBytes?: number } = {}) {
  const { half, messages, budget } = direction(limits);
  const make = (position: number, text: string, fragment: Fragment): [Chunk, Buffer] => {
    const { captured = text.length, ...numbers } = fragment;
    const chunk = { ...noChunk, type: I_DATA, tsn: (INITIAL + position) | 0, end: captured, length: text.length };
    return [{ ...chunk, flags: BEGINNING | ENDING, ...numbers }, Buffer.from(text)];
  };
  let sent = 0;
  const send = (text: string, fragment: Fragment = {}) => half.data(...make(sent++, text, fragment), 0);
  return { half, messages, budget, make, send };
}

test('I-DATA: messages sent side by side, on one stream or several, each come whole', () => {
  const { messages, send, half, budget } = interleaved();
  send('a1', { stream: 1, message: 7, flags: BEGINNING });
  send('b1', { stream: 2, message: 7, flags: BEGINNING });
  send('c1', { stream: 1, message: 7, flags: BEGINNING | UNORDERED });
  send('whole', { stream: 3 });
  send('b2', { stream: 2, message: 7, fragment: 1, flags: ENDING });
  send('c2', { stream: 1, message: 7, fragment: 1, flags: ENDING | UNORDERED });
  send('a2', { stream: 1, message: 7, fragment: 1, flags: 0 });
  send('a3', { stream: 1, message: 7, fragment: 2, flags: ENDING });
  expect(messages).toEqual(['whole', 'b1b2', 'c1c2', 'a1a2a3']);
  half.flush();
  expect([budget.used, half.messages]).toEqual([0, 4]);
});

test('I-DATA in any order, with chunks twice, gives each message once', () => {
  const parts = Array.from({ length: 24 }, (_, n) => ({
    text: `${Math.floor(n / 4)}.${n % 4} `,
    numbers: { message: Math.floor(n / 4), fragment: n % 4, flags: n % 4 === 0 ? BEGINNING : n % 4 === 3 ? ENDING : 0 },
  }));
  const order = fc.shuffledSubarray([...parts.keys()], { minLength: parts.length });
  fc.assert(
    fc.property(order, fc.array(fc.nat(parts.length - 1)), (positions, again) => {
      const { half, messages, budget, make } = interleaved();
      for (const position of [...positions, ...again]) {
        const { text = '', numbers = {} } = parts[position] ?? {};
        half.data(...make(position, text, numbers), 0);
      }
      half.flush();
      expect(messages.toSorted()).toEqual([0, 1, 2, 3, 4, 5].map((n) => `${n}.0 ${n}.1 ${n}.2 ${n}.3 `));
      expect(budget.used).toBe(0);
    }),
  );
});

test('I-DATA: what is cut, contradicts itself, or is too long or too much is given up, and counted', () => {
  const { messages, send, half, budget } = interleaved({ maxMessageBytes: 100, maxHeldBytes: 1000 });
  send('cut off', { captured: 3 });
  send('late', { message: 1, fragment: 5, flags: 0 });
  send('end', { message: 1, fragment: 1, flags: ENDING });
  send('x'.repeat(101), { message: 2, flags: BEGINNING });
  expect(messages).toEqual(['<1>', '<1>', '<1>']);
  for (let message = 10; message < 30; message++) send('never ends', { message, flags: BEGINNING });
  expect(messages.length).toBeGreaterThan(15);
  send('still read', { stream: 9 });
  expect(messages.at(-1)).toBe('still read');
  half.flush();
  expect(budget.used).toBe(0);
});
