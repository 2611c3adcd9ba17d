import { expect, test } from 'vitest';
import {
  element,
  entry,
  equals,
  everything,
  integer,
  message,
  octets,
  result,
  saslBind,
  search,
  simpleBind,
} from '../../../fixtures/ldap/messages.ts';
import { client, type DissectOptions, dissect, lost, server, type Turn } from '../../dissect/testing/conversation.ts';
import { MAX_ENTRIES_KEPT } from './call.ts';
import { ldap } from './index.ts';
import { MAX_WHOLE_BYTES } from './wire.ts';

const found = (turns: readonly Turn[], options: DissectOptions = {}) => dissect(ldap, turns, options).calls;
const hello = [client(message(1, simpleBind('cn=admin', 's3cret'))), server(message(1, result(0x61, 0)))];
const ask = (id: number, uid = 'alice') => client(message(id, search('dc=x', equals('uid', uid), ['mail'])));
const done = (id: number, code = 0, text = '') => server(message(id, result(0x65, code, text)));

test('a search collects its entries until it is done', () => {
  const [, call] = found([
    ...hello,
    ask(2),
    server(message(2, entry('uid=alice,dc=x', { mail: ['a@x'], cn: ['A', 'B'], userPassword: ['s3cret'] }))),
    server(message(2, octets('ldap://other/', 0x73))),
    done(2),
  ]);
  expect(call).toMatchObject({
    method: 'search',
    endpoint: 'search (uid={})',
    summary: 'search dc=x (uid=alice)',
    status: 0,
    error: false,
    data: { ldap: { dn: 'dc=x', filter: '(uid=alice)', attributes: ['mail'], entries: 1, messageId: 2 } },
    response: {
      status: 0,
      references: 1,
      rows: [{ dn: 'uid=alice,dc=x', mail: 'a@x', cn: ['A', 'B'], userPassword: '[REDACTED]' }],
    },
  });
  expect(JSON.stringify(call)).not.toContain('s3cret');
});

test('operations that run at once are told apart by their ids', () => {
  const calls = found([...hello, ask(2, 'a'), ask(3, 'b'), done(3), done(2, 32)]);
  expect(calls.slice(1).map(({ summary, status }) => [summary, status])).toEqual([
    ['search dc=x (uid=b)', 0],
    ['search dc=x (uid=a)', 32],
  ]);
});

test.each([
  [0, false],
  [5, false],
  [6, false],
  [10, false],
  [14, false],
  [4, true],
  [49, true],
  [4711, true],
])('the result code %d is an error: %s', (code, isError) => {
  const [, call] = found([...hello, ask(2), done(2, code, 'why')]);
  expect(call).toMatchObject({ status: code, error: isError });
  expect(call?.errorText?.endsWith('why') ?? false).toBe(isError);
});

test('only entries up to a limit are kept, all are counted', () => {
  const many = Array.from({ length: MAX_ENTRIES_KEPT + 5 }, (_, index) => server(message(2, entry(`cn=${index}`))));
  const [, call] = found([...hello, ask(2), ...many, done(2)]);
  expect(call).toMatchObject({ truncated: true, data: { ldap: { entries: MAX_ENTRIES_KEPT + 5 } } });
  expect(call?.response?.['rows']).toHaveLength(MAX_ENTRIES_KEPT);
});

test('a long entry is cut, counted and read past', () => {
  const photo = message(2, entry('cn=photo', { jpegPhoto: ['x'.repeat(2 * MAX_WHOLE_BYTES)] }));
  const [, call] = found([...hello, ask(2), server(photo), done(2)]);
  expect(call).toMatchObject({ truncated: true, status: 0, data: { ldap: { entries: 1 } } });
  expect(call?.responseSize).toBeGreaterThan(2 * MAX_WHOLE_BYTES);
});

test('bytes lost inside a long entry leave the rest readable', () => {
  const photo = message(2, entry('cn=photo', { jpegPhoto: ['x'.repeat(2 * MAX_WHOLE_BYTES)] }));
  const cut = MAX_WHOLE_BYTES + 100;
  const turns = [server(photo.subarray(0, cut)), lost('server', 1000), server(photo.subarray(cut + 1000))];
  expect(found([...hello, ask(2), ...turns, done(2)])[1]).toMatchObject({ status: 0, gap: 1000 });
});

test('after lost results later ones find their requests', () => {
  const calls = found([...hello, ask(2), lost('server', 40), ask(3, 'b'), done(3)]);
  expect(calls.map(({ summary }) => summary)).toContain('search dc=x (uid=b)');
});

test('an abandoned search is over once the server has answered something later', () => {
  const abandon = client(message(3, integer(2, 0x50)));
  const calls = found([...hello, ask(2), abandon, ask(4, 'b'), done(4)]);
  expect(calls.slice(1).map(({ summary, status, error }) => [summary, status, error])).toEqual([
    ['abandon message 2', null, false],
    ['search dc=x (uid=alice)', null, false],
    ['search dc=x (uid=b)', 0, false],
  ]);
});

test('a result that was on its way when its search was abandoned is its result', () => {
  const calls = found([...hello, ask(2), client(message(3, integer(2, 0x50))), done(2)]);
  expect(calls.at(-1)).toMatchObject({ summary: 'search dc=x (uid=alice)', status: 0 });
});

test('searches that are abandoned without end, of a server that is not heard, leave once each', () => {
  const turns = Array.from({ length: 20 }, (_, i) => [
    ask(2 * i + 2),
    client(message(2 * i + 3, integer(2 * i + 2, 0x50))),
  ]);
  const calls = found([...hello, ...turns.flat()], { limits: { maxPending: 4 } });
  const searches = calls.filter(({ method }) => method === 'search');
  expect(searches).toHaveLength(20);
  expect(searches.every(({ status, error }) => status === null && !error)).toBe(true);
});

test('what waits when the connection ends has no result', () => {
  expect(found([...hello, ask(2)], { closed: 'reset' })[1]).toMatchObject({
    error: true,
    errorText: 'connection reset before the result',
    response: null,
  });
  expect(found([...hello, ask(2)], { closed: 'end-of-capture' })[1]).toMatchObject({ error: false });
});

test('the server says why it hangs up', () => {
  const notice = element(
    0x78,
    integer(52, 0x0a),
    octets(''),
    octets('going down'),
    octets('1.3.6.1.4.1.1466.20036', 0x8a),
  );
  expect(found([...hello, server(message(0, notice))])[1]).toMatchObject({
    summary: 'extended notice of disconnection',
    status: 52,
    error: true,
    request: null,
  });
});

test('credentials of binds are not kept', () => {
  const calls = found([
    client(message(1, saslBind('PLAIN', '\0alice\0s3cret'))),
    server(message(1, result(0x61, 14))),
    client(message(2, simpleBind('cn=bob', 's3cret'))),
    server(message(2, result(0x61, 49))),
  ]);
  expect(calls).toMatchObject([
    { error: false, data: { ldap: { authentication: 'sasl', mechanism: 'PLAIN' } } },
    { error: true, summary: 'bind cn=bob', errorText: 'invalidCredentials (49)' },
  ]);
  expect(JSON.stringify(calls)).not.toContain('s3cret');
});

test('after StartTLS the stream is no longer LDAP', () => {
  const startTls = element(0x77, octets('1.3.6.1.4.1.1466.20037', 0x80));
  const { calls } = dissect(ldap, [
    client(message(1, startTls)),
    server(message(1, result(0x78, 0))),
    client(message(2, search('', everything))),
    server(message(2, result(0x65, 0))),
  ]);
  expect(calls[0]).toMatchObject({ endpoint: 'extended StartTLS', status: 0 });
  expect(calls.filter(({ method }) => method === 'search')).toEqual([]);
});

test('behind a SASL security layer nothing is guessed', () => {
  const faults: string[] = [];
  const sealed = Uint8Array.from([0, 0, 0, 3, 9, 9, 9]);
  const calls = found(
    [
      client(message(1, saslBind('GSSAPI', 'token'))),
      server(message(1, result(0x61, 0))),
      client(sealed),
      server(sealed),
      client(sealed),
    ],
    { onFault: (fault) => faults.push(fault) },
  );
  expect(calls).toHaveLength(1);
  expect(faults.filter((fault) => fault.includes('SASL'))).toHaveLength(1);
});

test('too many operations without a result push out the oldest', () => {
  const asks = Array.from({ length: 6 }, (_, index) => ask(index + 2, `u${index}`));
  const calls = found([...hello, ...asks], { limits: { maxPending: 4 }, closed: 'end-of-capture' });
  expect(calls).toHaveLength(7);
  expect(calls[1]).toMatchObject({ summary: 'search dc=x (uid=u0)' });
});

test('joined in the middle, a result stands without its request', () => {
  const [call] = found([server(message(9, entry('cn=a'))), done(9)], { midStream: true });
  expect(call).toMatchObject({ method: 'search', request: null, status: 0, data: { ldap: { entries: 1 } } });
});

test('CLDAP is the same in datagrams', () => {
  const turns = [
    client(message(1, search('', everything))),
    server(Buffer.concat([message(1, entry('')), message(1, result(0x65, 0))])),
  ];
  expect(found(turns, { transport: 'udp' })).toMatchObject([{ status: 0, data: { ldap: { entries: 1 } } }]);
});
