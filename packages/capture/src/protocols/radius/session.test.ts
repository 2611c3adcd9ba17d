import { expect, test } from 'vitest';
import { client, dissectAll, server, type Turn } from '../../dissect/testing/conversation.ts';
import { radius } from './index.ts';
import { ANSWER_TIMEOUT_MICROS } from './pairing.ts';
import { type Attribute, int, packet, user, vendor } from './testing/packets.ts';
import { MAX_ATTRIBUTES } from './values.ts';

const udp = (conversation: readonly Turn[], options = {}) =>
  dissectAll(radius, conversation, { transport: 'udp', ...options });

test('answers find their request by number', () => {
  const calls = udp([
    client(packet(1, 1, [user])),
    client(packet(1, 2, [user])),
    server(packet(3, 2, [[18, 'no']])),
    server(packet(2, 1, [[18, 'yes']])),
  ]);
  expect(calls.map(({ summary, status, errorText }) => [summary, status, errorText])).toEqual([
    ['Access-Request alice → Access-Reject', 3, 'Access-Reject: no'],
    ['Access-Request alice → Access-Accept', 0, undefined],
  ]);
});

test('a request that is sent again is the same call', () => {
  const [call, ...others] = udp([
    client(packet(1, 1, [user])),
    client(packet(1, 1, [user])),
    server(packet(2, 1, [[18, 'yes']])),
  ]);
  expect(call).toMatchObject({ request: { retries: 1 }, status: 0, requestStart: 1000, responseEnd: 3000 });
  expect(others).toEqual([]);
});

test('a number that is used again ends the call before, and silence all others', () => {
  const calls = udp([
    client(packet(4, 1, [user, [40, int(1)]])),
    client(packet(4, 1, [user, [40, int(3)]], 99)),
    { ...client(packet(4, 2, [user, [40, int(2)]])), at: 2 * ANSWER_TIMEOUT_MICROS },
    server(packet(5, 2)),
  ]);
  expect(calls.map(({ endpoint, errorText }) => [endpoint, errorText])).toEqual([
    ['Accounting-Request Start', 'no answer'],
    ['Accounting-Request Interim-Update', 'no answer'],
    ['Accounting-Request Stop', undefined],
  ]);
});

test('a capture that ends says nothing of the answer', () => {
  const [call] = udp([client(packet(1, 1, [user]))], { closed: 'end-of-capture' });
  expect(call).toMatchObject({ status: null, error: false });
});

test('a refused change says why', () => {
  const [call] = udp([client(packet(43, 1, [user])), server(packet(45, 1, [[101, int(503)]]))]);
  expect(call).toMatchObject({ status: 45, errorText: 'CoA-NAK: Session-Context-Not-Found' });
});

test('the oldest request leaves when too many wait', () => {
  const many = [1, 2, 3].map((id) => client(packet(1, id, [user])));
  const calls = udp(many, { limits: { maxPending: 2 } });
  expect(calls.map(({ data }) => data?.['radius']?.['identifier'])).toEqual([1, 2, 3]);
});

test('packets over TCP are read one behind the other', () => {
  const both = Buffer.concat([packet(1, 1, [user]), packet(1, 2, [user])]);
  const answers = Buffer.concat([packet(2, 1, [[18, 'a']]), packet(2, 2, [[18, 'b']])]);
  expect(dissectAll(radius, [client(both), server(answers)]).map(({ status }) => status)).toEqual([0, 0]);
});

test('attributes have the names of their numbers, and those of vendors the name of the vendor', () => {
  const [call] = udp([
    client(
      packet(1, 1, [
        user,
        [4, Uint8Array.of(10, 1, 2, 3)],
        [6, int(2)],
        [64, Uint8Array.of(1, 0, 0, 13)],
        [81, '\u000142'],
        [55, Uint8Array.of(0, 0, 0, 0)],
        [95, new Uint8Array(16)],
        [25, 'one'],
        [25, 'two'],
        [200, 'later'],
        [79, Uint8Array.of(2, 1, 0, 6, 25, 0)],
        vendor(9, 1, 'shell:priv-lvl=15'),
        vendor(4711, 3, int(7)),
        vendor(4711, 4, Uint8Array.of(1, 2, 3)),
      ]),
    ),
  ]);
  expect(call?.request?.['attributes']).toEqual({
    'User-Name': 'alice',
    'NAS-IP-Address': '10.1.2.3',
    'Service-Type': 'Framed',
    'Tunnel-Type': 'VLAN',
    'Tunnel-Private-Group-Id': '42',
    'Event-Timestamp': '1970-01-01T00:00:00.000Z',
    'NAS-IPv6-Address': '::',
    Class: ['one', 'two'],
    'Attribute-200': 'later',
    'EAP-Message': 'Response PEAP',
    'Cisco-1': 'shell:priv-lvl=15',
    'Vendor-4711-3': 7,
    'Vendor-4711-4': '3 bytes',
  });
});

test('values that are not of their type are shown as they are, and no more than some of a packet', () => {
  const odd: Attribute[] = [[4, 'x'], [40, 'xy'], [55, ''], [95, 'z'], [26, 'v'], vendor(1, 1, '')];
  const [call] = udp([client(packet(1, 1, odd))]);
  expect(call?.request?.['attributes']).toMatchObject({ 'NAS-IP-Address': '78', 'Acct-Status-Type': '7879' });
  const many = Array.from({ length: MAX_ATTRIBUTES + 5 }, (): Attribute => [25, 'c']);
  const [cut] = udp([client(packet(1, 1, many))]);
  expect(cut?.request).toMatchObject({ attributes: { Class: new Array(MAX_ATTRIBUTES).fill('c') } });
});

test.each([
  ['User-Password', [2, 's3cret-s3cret-16']],
  ['CHAP-Password', [3, 's3cret']],
  ['CHAP-Challenge', [60, 's3cret']],
  ['Tunnel-Password', [69, 's3cret']],
  ['EAP', [79, '\u0002\u0001\u0000\u0010\u0004s3cret']],
  ['State', [24, 's3cret']],
  ['a digest', [103, 's3cret']],
  ['MS-CHAP2-Response', vendor(311, 25, 's3cret')],
  ['a setting of Cisco', vendor(9, 1, 'ipsec:tunnel-password=s3cret')],
  ['a setting of two lines', vendor(9, 1, 'PreShared-Key*one\ns3cret')],
] satisfies [string, Attribute][])('no secret is in what leaves: %s', (_, attribute) => {
  const calls = udp([client(packet(1, 1, [user, attribute])), server(packet(2, 1, [attribute]))]);
  expect(calls).toHaveLength(1);
  expect(JSON.stringify(calls)).not.toContain('s3cret');
});
