import { expect, test } from 'vitest';
import { MAX_USER_BYTES, userIn } from './sasl.ts';

test.each([
  ['PLAIN', '\0ann\0secret', 'ann'],
  ['PLAIN', 'admin\0ann\0secret', 'ann'],
  ['PLAIN', '\0\0secret', undefined],
  ['PLAIN', '\0annsecret', undefined],
  ['PLAIN', 'secret', undefined],
  ['PLAIN', `\0${'a'.repeat(MAX_USER_BYTES)}\0secret`, 'a'.repeat(MAX_USER_BYTES)],
  ['PLAIN', `\0${'a'.repeat(MAX_USER_BYTES + 1)}\0secret`, undefined],
  ['SCRAM-SHA-256', `n,,n=${'a'.repeat(MAX_USER_BYTES)},r=nonce`, 'a'.repeat(MAX_USER_BYTES)],
  ['SCRAM-SHA-256', `n,,n=${'a'.repeat(MAX_USER_BYTES + 1)},r=nonce`, undefined],
  ['SCRAM-SHA-256', 'n,,n=bob,r=nonce', 'bob'],
  ['SCRAM-SHA-512', 'n,a=admin,n=b=3Do=2Cb,r=nonce', 'b=o,b'],
  ['SCRAM-SHA-256', 'c=biws,r=nonce,p=proof', undefined],
  ['GSSAPI', '\0ann\0secret', undefined],
  [undefined, '\0ann\0secret', undefined],
])('%s %j is a login of %s', (mechanism, token, user) => {
  expect(userIn(Buffer.from(token), mechanism)).toBe(user);
});
