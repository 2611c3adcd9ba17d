import { expect, test } from 'vitest';
import { probe } from './probe.ts';
import { all, eof, err, greeting, login, ok, packet, query, result, sized, u16, u32 } from './testing/packets.ts';

test.each([
  ['the greeting', greeting(), 'yes'],
  ['its beginning', greeting().subarray(0, 9), 'more'],
  ['an error instead', packet(0, 0xff, u16(1040), 'Too many connections'), 'yes'],
  ['the answer to a query', result(['1']), 'yes'],
  ['an error', err(1, 1064, '42000', 'syntax'), 'yes'],
  ['an OK, which says little', ok(1), 'more'],
  ['a row in the middle of a result', packet(7, sized('x')), 'no'],
  ['the end of a result', eof(7), 'no'],
  ['an answer of HTTP', Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), 'no'],
  ['zeros', new Uint8Array(40), 'no'],
] as const)('of a server, %s: %s', (_name, sample, expected) => {
  expect(probe(sample, 'server')).toBe(expected);
});

test.each([
  ['a login', login(), 'yes'],
  ['its beginning', login().subarray(0, 20), 'more'],
  ['a request for encryption', packet(1, u32(0x00ff_ffff), u32(1 << 24), 33, new Uint8Array(23)), 'yes'],
  ['a query', query('SELECT 1'), 'yes'],
  ['a query without attributes', packet(0, 3, 0, 1, 'select 1'), 'yes'],
  ['a query in a comment', query('/* api */ SELECT 1'), 'yes'],
  ['an execution', packet(0, 0x17, u32(1), 0, u32(1)), 'yes'],
  ['a ping, which says little', packet(0, 0x0e), 'more'],
  ['two pings', all(packet(0, 0x0e), packet(0, 0x0e)), 'no'],
  ['a MongoDB message whose number looks like a command', Buffer.from([58, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]), 'no'],
  ['a request of HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'no'],
  ['zeros', new Uint8Array(40), 'no'],
] as const)('of a client, %s: %s', (_name, sample, expected) => {
  expect(probe(sample, 'client')).toBe(expected);
});
