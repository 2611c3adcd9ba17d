import { Check } from '@kubeshark/contract';
import { expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { helperPlace, whyNoCapture } from '../testing/capturing.ts';
import { examineHost } from './examine-host.ts';

async function examined(environment: Record<string, string>) {
  const config = readConfig({ KUBESHARK_HELPER_DIR: helperPlace.directory, KUBESHARK_INTERFACE: 'lo', ...environment });
  if ('faults' in config) throw new Error(config.faults.join());
  const checks = (await examineHost(config)).map((check) => Check.parse(check));
  return Object.fromEntries(checks.map((check) => [check.id, check]));
}

const noCapture = await whyNoCapture();

test.skipIf(noCapture !== undefined)(
  `what works is told with what it captures${noCapture === undefined ? '' : `: ${noCapture}`}`,
  async () => {
    const { helper, interfaces } = await examined({ KUBESHARK_PACKET_FILTER: 'udp port 9' });
    expect(helper).toMatchObject({ state: 'ok', evidence: 'from lo, udp port 9' });
    expect(interfaces?.evidence).toMatch(/\blo\b/);
  },
);

test('what does not work is told with its reason; alone it is a failure', async () => {
  const { helper, tcpdump } = await examined({ KUBESHARK_INTERFACE: 'no-such-if' });
  expect([helper?.state, tcpdump?.state]).toEqual(['failed', 'failed']);
  const missing = { KUBESHARK_HELPER: '/no/such/helper', KUBESHARK_PACKET_CAPTURE: 'ebpf' };
  expect((await examined(missing))['helper']).toMatchObject({
    state: 'failed',
    evidence: 'there is no capture helper at /no/such/helper',
  });
});

test.skipIf(noCapture !== undefined)(
  `with another way to capture, the one that does not work is only to be looked at${noCapture === undefined ? '' : `: ${noCapture}`}`,
  async () => {
    const { helper, tcpdump } = await examined({ KUBESHARK_INTERFACE: 'lo', KUBESHARK_HELPER: '/no/such/helper' });
    expect(helper?.state).toBe(tcpdump?.state === 'ok' ? 'warning' : 'failed');
  },
);

test('keys that cannot be read, and a ring larger than the disk, are named', async () => {
  const { keys, ring } = await examined({
    KUBESHARK_TLS_KEYS: '/no/such/keys',
    KUBESHARK_RING_DIR: '/',
    KUBESHARK_RING_BYTES: String(2 ** 52),
  });
  expect(keys).toMatchObject({ state: 'warning', evidence: 'cannot be read: /no/such/keys' });
  expect(ring).toMatchObject({ state: 'warning', evidence: expect.stringContaining('MiB are to be kept in /') });
});
