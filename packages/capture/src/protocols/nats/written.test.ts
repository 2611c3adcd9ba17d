/** Usual messages are found without splitting lines, and written from their bytes; read in pieces, they are described: both must agree. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, server, type Turn } from '../../dissect/testing/conversation.ts';
import { nats } from './index.ts';
import { matches } from './words.ts';

/** The same calls, whole and byte by byte. How one is written is held against its description by `dissectAll`. */
function expectSame(turns: readonly Turn[]): void {
  const single = turns.flatMap(({ side, bytes }, index) =>
    Array.from(bytes, (byte) => ({ side, bytes: Uint8Array.of(byte), at: (index + 1) * 1000 })),
  );
  const whole = dissectAll(nats, turns);
  expect(whole.length).toBeGreaterThan(0);
  expect(JSON.stringify(dissectAll(nats, single))).toBe(JSON.stringify(whole));
}

const subject = fc.oneof(
  fc.constantFrom(
    'orders.7.paid',
    'prices.12',
    '_INBOX.a1.b2',
    'q"uote\\',
    'ä.b',
    '$JS.ACK.S.C.1.2.3.4.5',
    '$JS.API.INFO',
    'a'.repeat(150),
  ),
  fc.stringMatching(/^[a-z]{1,4}(\.[0-9a-z]{1,4}){0,3}$/),
);
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 8 }),
  fc
    .constantFrom(
      '',
      'please',
      '{"order":7}',
      '{"stream":"S","seq":4}',
      '{"str\\u0065am":"S","s\\u0065q":4}',
      '{"type":"io.nats.jetstream.api.v1.x","error":{"code":404,"description":"no"}}',
      '{"error":{"code":500,"err_code":1,"description":"x"}}',
      'käse "\n',
      '\u0001',
      'x'.repeat(300),
    )
    .map((text) => Buffer.from(text)),
);
const verb = fc.constantFrom('PUB', 'pub');
const published = fc
  .record({ verb, subject, replyTo: fc.option(subject), gap: fc.constantFrom(' ', ' ', '  '), payload })
  .map(({ verb: word, subject: to, replyTo, gap, payload: bytes }) => {
    const words = [word, to, ...(replyTo === null ? [] : [replyTo]), String(bytes.length)];
    return client(Buffer.concat([Buffer.from(`${words.join(gap)}\r\n`), bytes, Buffer.from('\r\n')]));
  });
const delivered = fc
  .record({ subject, sid: fc.constantFrom('1', '9', 'x'), replyTo: fc.option(subject), payload })
  .map(({ subject: from, sid, replyTo, payload: bytes }) => {
    const words = ['MSG', from, sid, ...(replyTo === null ? [] : [replyTo]), String(bytes.length)];
    return server(Buffer.concat([Buffer.from(`${words.join(' ')}\r\n`), bytes, Buffer.from('\r\n')]));
  });
const login = [
  server('INFO {"server_id":"A","version":"2.9"}\r\n'),
  client('CONNECT {"verbose":false}\r\nPING\r\n'),
  server('PONG\r\n'),
  client('SUB _INBOX.a1.* 1\r\nSUB orders.> 9\r\n'),
];

test('whole messages are described and written as those that come byte by byte', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(published, delivered), { minLength: 1, maxLength: 6 }), (turns) => {
      expectSame([...login, ...turns]);
    }),
    { numRuns: 400 },
  );
});

test('a request that waits longer than its chunk keeps its payload', () => {
  const asked = Array.from({ length: 12 }, (_, i) =>
    client(`PUB prices.${i} _INBOX.a1.${i} 8\r\nplease ${i % 10}\r\n`),
  );
  const told = asked.map((_, i) => server(`MSG _INBOX.a1.${i} 1 2\r\n${i + 10}\r\n`));
  const calls = dissectAll(nats, [...login, ...asked, ...told]).slice(-asked.length);
  expect(calls.map(({ request, response }) => [request?.body?.text, response?.body?.text])).toEqual(
    asked.map((_, i) => [`please ${i % 10}`, String(i + 10)]),
  );
});

test('a pattern matches what its words do, one by one', () => {
  const word = fc.constantFrom('a', 'b', 'ab', '', '*', '>');
  const plain = fc.constantFrom('a', 'b', 'ab', '');
  const bySplitting = (pattern: string, of: string): boolean => {
    if (pattern === of) return true;
    const others = of.split('.');
    const words = pattern.split('.');
    for (const [index, one] of words.entries()) {
      if (one === '>') return others.length > index;
      if (index >= others.length || (one !== '*' && one !== others[index])) return false;
    }
    return words.length === others.length;
  };
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 4 }),
      fc.array(plain, { minLength: 1, maxLength: 4 }),
      (one, other) => {
        expect(matches(one.join('.'), other.join('.'))).toBe(bySplitting(one.join('.'), other.join('.')));
      },
    ),
    { numRuns: 1000 },
  );
});
