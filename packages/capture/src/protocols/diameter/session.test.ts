import { expect, test } from 'vitest';
import { type Avp, groupAvp, intAvp, longAvp, message, textAvp } from '../../../fixtures/diameter/peer.ts';
import { client, dissectAll, lost, server, type Turn } from '../../dissect/testing/conversation.ts';
import { diameter } from './index.ts';
import { MAX_AVPS, MAX_DEPTH } from './values.ts';
import { MAX_KEPT_BYTES } from './wire.ts';

const CREDIT = { command: 272, application: 4 };
const origin = textAvp(264, 'pcef.example');
const asks = (id: number, ...avps: Avp[]): Turn => client(message({ ...CREDIT, id }, [origin, ...avps]));
const says = (id: number, result: number, ...avps: Avp[]): Turn =>
  server(message({ ...CREDIT, id, flags: 0x40 }, [intAvp(268, result), origin, ...avps]));

const seen = (conversation: readonly Turn[], options = {}) =>
  dissectAll(diameter, conversation, options).map(({ summary, status, errorText }) => [summary, status, errorText]);

test('answers find their request by the hop-by-hop number', () => {
  expect(
    seen([
      asks(1, textAvp(1, 'alice'), intAvp(416, 1)),
      asks(2, textAvp(1, 'bob'), intAvp(416, 3)),
      says(2, 4012, textAvp(281, 'no money')),
      says(1, 2001),
    ]),
  ).toEqual([
    ['Credit-Control TERMINATION bob → CREDIT_LIMIT_REACHED', 4012, 'CREDIT_LIMIT_REACHED: no money'],
    ['Credit-Control INITIAL alice → SUCCESS', 0, undefined],
  ]);
});

test.each([
  ['a redirect is no error', intAvp(268, 3006), 0x40, 3006, false],
  ['a result of a vendor', groupAvp(297, [intAvp(266, 10_415), intAvp(298, 5030)]), 0x40, 5030, true],
  ['the error flag alone', textAvp(281, 'odd'), 0x60, 0, true],
  ['a challenge is no error', intAvp(268, 1001), 0x40, 0, false],
  ['no result at all', textAvp(264, 'server'), 0x40, 0, false],
])('%s', (_, avp, flags, status, error) => {
  const [call] = dissectAll(diameter, [asks(1), server(message({ ...CREDIT, id: 1, flags }, [avp]))]);
  expect(call).toMatchObject({ status, error });
});

test('what the server asks is a call too, and numbers of both sides are kept apart', () => {
  const calls = dissectAll(diameter, [
    asks(1, textAvp(1, 'alice')),
    server(message({ command: 258, application: 16_777_238, id: 1 }, [textAvp(263, 'session')])),
    client(message({ command: 258, application: 16_777_238, id: 1, flags: 0x40 }, [intAvp(268, 2001)])),
    says(1, 2001),
  ]);
  expect(calls.map(({ summary, data }) => [summary, data?.['diameter']?.['initiator']])).toEqual([
    ['Gx Re-Auth session → SUCCESS', 'server'],
    ['Credit-Control alice → SUCCESS', undefined],
  ]);
});

test('values have their types, groups are objects', () => {
  const [call] = dissectAll(diameter, [
    asks(
      1,
      groupAvp(443, [intAvp(450, 1), textAvp(444, '262010000000007')]),
      groupAvp(456, [groupAvp(446, [longAvp(421, 2 ** 40), intAvp(420, 60)]), intAvp(432, 7)]),
      { code: 447, value: Buffer.alloc(8, 255) },
      { code: 429, value: Buffer.alloc(4, 255) },
      { code: 55, value: Buffer.from('83aa7e80', 'hex') },
      { code: 257, value: Buffer.from(`0002${'00'.repeat(16)}`, 'hex') },
      { code: 1032, value: Buffer.from('000003ec', 'hex'), vendor: 10_415 },
      { code: 1, value: Buffer.from('0102', 'hex'), vendor: 4711 },
      textAvp(282, 'one'),
      textAvp(282, 'two'),
    ),
  ]);
  expect(call?.request?.['avps']).toMatchObject({
    'Subscription-Id': { 'Subscription-Id-Type': 'IMSI' },
    'Multiple-Services-Credit-Control': { 'Used-Service-Unit': { 'CC-Total-Octets': 2 ** 40, 'CC-Time': 60 } },
    'Value-Digits': '18446744073709551615',
    Exponent: -1,
    'Event-Timestamp': '1970-01-01T00:00:00.000Z',
    'Host-IP-Address': '::',
    '3GPP-1032': 1004,
    'Vendor-4711-1': '2 bytes',
    'Route-Record': ['one', 'two'],
  });
  expect(call?.data?.['diameter']).toMatchObject({ subscriber: '262010000000007' });
});

test('groups in groups and AVPs without end are told as far as the limits go', () => {
  let nested: Avp = intAvp(420, 1);
  for (let depth = 0; depth < 4 * MAX_DEPTH; depth++) nested = groupAvp(456, [nested]);
  const many = Array.from({ length: 2 * MAX_AVPS }, () => intAvp(432, 1));
  const calls = dissectAll(diameter, [asks(1, nested), asks(2, ...many)]);
  expect(calls[1]?.request).toMatchObject({ avps: { 'Rating-Group': new Array(MAX_AVPS - 1).fill(1) } });
});

test.each([
  ['User-Password', { code: 2, value: Buffer.from('s3cret') }],
  ['CHAP-Auth', groupAvp(402, [textAvp(3, 's3cret')])],
  ['EAP-Payload', textAvp(462, 's3cret')],
  ['a key', textAvp(464, 's3cret')],
  ['a password in a failed AVP', groupAvp(279, [textAvp(2, 's3cret')])],
])('no secret is in what leaves: %s', (_, avp) => {
  const calls = dissectAll(diameter, [asks(1, avp), says(1, 5004, avp)]);
  expect(calls).toHaveLength(1);
  expect(JSON.stringify(calls)).not.toContain('s3cret');
});

test('a number that is used again ends the call before, an end of the connection all others', () => {
  expect(seen([asks(1), asks(1), asks(2)]).map(([, , missing]) => missing)).toEqual([
    'no answer',
    'no answer',
    'no answer',
  ]);
  expect(seen([asks(1)], { closed: 'end-of-capture' }).map(([, , missing]) => missing)).toEqual([undefined]);
});

test('the oldest request leaves when too many wait', () => {
  const calls = dissectAll(diameter, [asks(1), asks(2), asks(3)], { limits: { maxPending: 2 } });
  expect(calls.map(({ data }) => data?.['diameter']?.['hopByHop'])).toEqual([1, 2, 3]);
});

test('bytes lost in the rest of a long message cost nothing else', () => {
  const long = message({ ...CREDIT, id: 1 }, [origin, textAvp(461, 'x'.repeat(MAX_KEPT_BYTES))]);
  const [call] = dissectAll(diameter, [
    client(long.subarray(0, MAX_KEPT_BYTES + 10)),
    lost('client', 20),
    client(long.subarray(MAX_KEPT_BYTES + 30)),
    says(1, 2001),
  ]);
  expect(call).toMatchObject({ status: 0, gap: 20, truncated: true, requestSize: long.length - 20 });
});

test('after lost bytes the next message is found', () => {
  expect(
    seen([
      asks(1),
      client(message({ ...CREDIT, id: 2 }, [origin]).subarray(0, 24)),
      lost('client', 16),
      asks(3),
      says(3, 2001),
    ]),
  ).toEqual([
    ['Credit-Control pcef.example → SUCCESS', 0, undefined],
    ['Credit-Control pcef.example', null, 'no answer'],
  ]);
});
