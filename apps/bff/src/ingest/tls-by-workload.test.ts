import type { Endpoint, Entry, ProtocolId } from '@kubeshark/model';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { addTls, TlsByWorkload } from './tls-by-workload.ts';

function call(
  dst: Partial<Endpoint>,
  connection: Partial<Entry['connection']> = {},
  protocol: ProtocolId = 'http',
): Entry {
  const end = { ip: '10.0.0.9', port: 443, ...dst };
  return anHttpEntry(0, { dst: end, protocol, connection: { id: 'c', transport: 'tcp', index: 0, ...connection } });
}
const open = { tls: { decrypted: true } };
const shut = { tls: { decrypted: false } };
const cart = { namespace: 'shop', workload: 'cart', service: 'cart-service', name: 'cart-7f9' };

test('connections count once, under the workload, else the service, the name or the address', () => {
  const tls = new TlsByWorkload();
  tls.note([
    call(cart, open),
    call(cart, { ...open, index: 1 }),
    call(cart, shut, 'tls'),
    call({ namespace: 'shop', service: 'users' }, shut, 'tls'),
    call({ namespace: 'shop', service: 'users' }, shut, 'tls'),
    call({ name: 'api.example.com' }, open),
    call({}, shut, 'tls'),
    call(cart),
  ]);
  expect(tls.list()).toEqual([
    { namespace: 'shop', workload: 'users', connections: 2, decrypted: 0 },
    { namespace: 'shop', workload: 'cart', connections: 2, decrypted: 1 },
    { namespace: '', workload: '10.0.0.9', connections: 1, decrypted: 0 },
    { namespace: '', workload: 'api.example.com', connections: 1, decrypted: 1 },
  ]);
});

test('a thousand workloads are told apart, what comes later is one', () => {
  const tls = new TlsByWorkload();
  tls.note(Array.from({ length: 1_500 }, (_, n) => call({ name: `server-${n}` }, shut, 'tls')));
  expect(tls.list()).toHaveLength(1_001);
  expect(tls.list()[0]).toEqual({ namespace: '', workload: 'other', connections: 500, decrypted: 0 });
});

test('what hubs have counted adds up', () => {
  const one = { namespace: 'shop', workload: 'cart', connections: 3, decrypted: 1 };
  const two = { namespace: 'shop', workload: 'users', connections: 9, decrypted: 0 };
  expect(addTls([one], [two, one])).toEqual([two, { ...one, connections: 6, decrypted: 2 }]);
});
