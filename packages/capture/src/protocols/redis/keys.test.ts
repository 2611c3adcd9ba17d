import { expect, test } from 'vitest';
import { hitOf } from './hits.ts';
import { commandName, keysOf } from './keys.ts';
import { withoutSecrets } from './secrets.ts';

test.each([
  ['GET cart:1', 'GET', ['cart:1']],
  ['get cart:1', 'GET', ['cart:1']],
  ['MSET a 1 b 2 c 3', 'MSET', ['a', 'b', 'c']],
  ['EVAL script 2 k1 k2 arg', 'EVAL', ['k1', 'k2']],
  ['EVAL script 99999 k1', 'EVAL', ['k1']],
  ['XREAD COUNT 2 STREAMS s1 s2 0 0', 'XREAD', ['s1', 's2']],
  ['ZUNIONSTORE out 2 z1 z2 WEIGHTS 1 2', 'ZUNIONSTORE', ['out', 'z1', 'z2']],
  ['BITOP AND dest k1 k2', 'BITOP', ['dest', 'k1', 'k2']],
  ['OBJECT ENCODING k', 'OBJECT ENCODING', ['k']],
  ['CONFIG GET maxmemory', 'CONFIG GET', []],
  ['PING', 'PING', []],
  ['JSON.GET doc $', 'JSON.GET', ['doc']],
  ['NOSUCHCOMMAND x', 'NOSUCHCOMMAND', []],
])('the keys of %s', (line, name, keys) => {
  expect(commandName(line.split(' '))).toBe(name);
  expect(keysOf(line.split(' '))).toEqual(keys);
});

test.each([
  ['AUTH s3cret', 'AUTH [REDACTED]'],
  ['AUTH alice s3cret', 'AUTH alice [REDACTED]'],
  ['HELLO 3 AUTH alice s3cret SETNAME app', 'HELLO 3 AUTH alice [REDACTED] SETNAME app'],
  ['MIGRATE host 6379 k 0 100 AUTH s3cret', 'MIGRATE host 6379 k 0 100 AUTH [REDACTED]'],
  ['MIGRATE host 6379 k 0 100 AUTH2 alice s3cret', 'MIGRATE host 6379 k 0 100 AUTH2 alice [REDACTED]'],
  ['CONFIG SET requirepass s3cret maxmemory 1gb', 'CONFIG SET requirepass [REDACTED] maxmemory 1gb'],
  ['ACL SETUSER alice on >s3cret ~*', 'ACL SETUSER alice on >[REDACTED] ~*'],
  ['SET password hunter2', 'SET password hunter2'],
])('no secret leaves: %s', (line, expected) => {
  const words = line.split(' ');
  expect(withoutSecrets(commandName(words), words).join(' ')).toBe(expected);
});

test.each([
  ['GET', null, false],
  ['GET', '', true],
  ['MGET', ['a', null], false],
  ['HGETALL', {}, false],
  ['HGETALL', { a: 1 }, true],
  ['EXISTS', 0, false],
  ['SET', 'OK', undefined],
] as const)('hit of %s with reply %j is %s', (name, reply, expected) => {
  expect(hitOf(name, reply)).toBe(expected);
});
