import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { expressionOf, openLibpcap, refusalOf } from './libpcap.ts';
import { isRefusal } from './source.ts';

test.each([
  ['tcpdump: eth9: No such device exists\n(No such device exists)', 'there is no interface eth9'],
  [
    "tcpdump: eth9: You don't have permission to capture on that device",
    'capturing packets is not permitted for this user',
  ],
  [
    "tcpdump: can't parse filter expression: syntax error",
    "the packet filter is wrong: can't parse filter expression: syntax error",
  ],
  ['tcpdump: something else', 'something else'],
  ['', 'tcpdump ended without a word'],
])('%j becomes one line', (message, refused) => {
  expect(refusalOf(message, 'eth9').refused).toBe(refused);
});

test('a missing tcpdump is named with the command that installs it', async () => {
  const opened = await openLibpcap({ interfaces: ['lo'] }, { program: 'no-such-tcpdump' });
  expect(opened).toMatchObject({
    refused: 'tcpdump is not installed',
    fix: expect.stringContaining('apt-get install'),
  });
});

const probe = await openLibpcap({ interfaces: ['lo'], filter: 'udp port 9' });
if (isRefusal(probe)) console.warn(`skipped: live capture: ${probe.refused}`);
else await probe.close();

test.skipIf(isRefusal(probe))('packets of the loopback interface arrive, each once, and are counted', async () => {
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address();
  const source = await openLibpcap({ interfaces: ['lo'], filter: `udp dst port ${port}` });
  if (isRefusal(source)) throw new Error(source.refused);
  const sender = createSocket('udp4');
  for (const text of ['one', 'two', 'three']) {
    sender.send(text, port, '127.0.0.1');
    await once(receiver, 'message');
  }
  sender.close();
  receiver.close();
  const payloads: string[] = [];
  await source.read({
    frame: ({ bytes, start, end }) => {
      payloads.push(Buffer.from(bytes.subarray(start, end)).subarray(42).toString());
      if (payloads.length === 3) void source.close();
    },
  });
  expect(payloads).toEqual(['one', 'two', 'three']);
  // On loopback the kernel's filter sees a packet leave and arrive; libpcap hands it over once.
  expect(source.counters()).toMatchObject({ received: 6, droppedByKernel: 0 });
});

test.skipIf(isRefusal(probe))('an interface that does not exist is told in one line', async () => {
  expect(await openLibpcap({ interfaces: ['no-such-if'] })).toMatchObject({
    refused: 'there is no interface no-such-if',
  });
});

test('what is left out and what is asked for are one expression; several interfaces are too many', async () => {
  const except = [{ address: '127.0.0.1', port: 8899 }];
  const hub = 'not (src host 127.0.0.1 and tcp src port 8899) and not (dst host 127.0.0.1 and tcp dst port 8899)';
  expect(expressionOf({ interfaces: [], except })).toBe(hub);
  expect(expressionOf({ interfaces: [], except, filter: 'udp or icmp' })).toBe(`(udp or icmp) and ${hub}`);
  expect(expressionOf({ interfaces: [] })).toBeUndefined();
  expect(await openLibpcap({ interfaces: ['lo', 'eth0'] })).toMatchObject({
    refused: 'tcpdump reads one interface or all',
  });
});
