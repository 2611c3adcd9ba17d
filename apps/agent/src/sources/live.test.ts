import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { helperPlace, whyNoCapture } from '../testing/capturing.ts';
import { openLibpcap } from './libpcap.ts';
import { openLive } from './live.ts';
import { isRefusal } from './source.ts';

const lo = { interfaces: ['lo'], filter: 'udp port 9' };
const nowhere = { program: '/no/such/helper', directory: '/nowhere' };

const noHelper = await whyNoCapture();
const tcpdump = await openLibpcap(lo);
const noTcpdump = isRefusal(tcpdump) ? tcpdump.refused : undefined;
if (!isRefusal(tcpdump)) await tcpdump.close();
const named = (title: string, reason: string | undefined) => (reason === undefined ? title : `${title}: ${reason}`);

test.skipIf(noHelper !== undefined)(named('best is the helper, without a word', noHelper), async () => {
  const opened = await openLive('best', lo, helperPlace);
  if (isRefusal(opened)) throw new Error(opened.refused);
  expect([opened.kind, opened.notes]).toEqual(['af_packet', []]);
  await opened.close();
});

test.skipIf(noTcpdump !== undefined)(
  named('where the helper does not work, best is tcpdump, with a note that says why', noTcpdump),
  async () => {
    const opened = await openLive('best', lo, nowhere);
    if (isRefusal(opened)) throw new Error(opened.refused);
    expect([opened.kind, opened.notes]).toEqual([
      'libpcap',
      ['captured with tcpdump, not with the capture helper: there is no capture helper at /no/such/helper'],
    ]);
    await opened.close();
  },
);

test('a way that was asked for by name has no other behind it', async () => {
  expect(await openLive('ebpf', lo, nowhere)).toEqual({ refused: 'there is no capture helper at /no/such/helper' });
});

test('when neither works, both say why', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'kubeshark-live-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const opened = await openLive('best', { interfaces: ['no-such-if'] }, nowhere);
  if (!isRefusal(opened)) throw new Error('it was opened');
  expect(opened.refused).toMatch(/^capture helper: there is no capture helper at \/no\/such\/helper; tcpdump: /);
});
