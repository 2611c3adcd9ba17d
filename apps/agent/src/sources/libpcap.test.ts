import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { CaptureReader } from '@kubeshark/capture';
import { expect, test } from 'vitest';
import { openLibpcap, refusalOf } from './libpcap.ts';
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
  const opened = await openLibpcap({ interface: 'lo' }, 'no-such-tcpdump');
  expect(opened).toMatchObject({
    refused: 'tcpdump is not installed',
    fix: expect.stringContaining('apt-get install'),
  });
});

const probe = await openLibpcap({ interface: 'lo', filter: 'udp port 9' });
if (isRefusal(probe)) console.warn(`skipped: live capture: ${probe.refused}`);
else await probe.close();

test.skipIf(isRefusal(probe))('packets of the loopback interface arrive, each once, and are counted', async () => {
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address();
  const source = await openLibpcap({ interface: 'lo', filter: `udp dst port ${port}` });
  if (isRefusal(source)) throw new Error(source.refused);
  const sender = createSocket('udp4');
  for (const text of ['one', 'two', 'three']) {
    sender.send(text, port, '127.0.0.1');
    await once(receiver, 'message');
  }
  sender.close();
  receiver.close();
  const payloads: string[] = [];
  const reader = new CaptureReader({
    frame: ({ bytes, start, end }) => payloads.push(Buffer.from(bytes.subarray(start, end)).subarray(42).toString()),
  });
  for await (const chunk of source.bytes) {
    expect(reader.push(chunk as Buffer)).toBeUndefined();
    if (payloads.length === 3) await source.close();
  }
  expect(payloads).toEqual(['one', 'two', 'three']);
  // On loopback the kernel's filter sees a packet leave and arrive; libpcap hands it over once.
  expect(source.counters()).toEqual({ received: 6, droppedByKernel: 0 });
});

test.skipIf(isRefusal(probe))('an interface that does not exist is told in one line', async () => {
  expect(await openLibpcap({ interface: 'no-such-if' })).toMatchObject({ refused: 'there is no interface no-such-if' });
});
