import { CaptureHealth, DoctorReport, Sources } from '@kubeshark/contract';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { noCounters } from '../../ingest/agent-registry.ts';
import { hello } from '../../testing/agent.ts';
import { startHub } from '../../testing/hub.ts';
import { TestSocket } from '../../testing/socket.ts';

const ask = async (url: string): Promise<unknown> => (await fetch(url)).json();

test('a hub that nobody has connected to says so first, with the next step', async () => {
  const hub = await startHub();
  const report = DoctorReport.parse(await ask(`${hub.url}/api/doctor`));
  expect(report.state).toBe('failed');
  expect(report.checks[0]).toMatchObject({
    id: 'agents',
    state: 'failed',
    nextStep: expect.stringContaining('kubeshark serve'),
  });
  expect(report.checks.at(-1)).toMatchObject({ id: 'view', evidence: 'there are no entries at all' });
});

test('counters of agents are shown one by one and in sum; a failed source is named', async () => {
  const hub = await startHub();
  for (const node of ['node-1', 'node-2']) {
    const agent = await TestSocket.open(`${hub.url}/api/agent`);
    agent.send(hello({ node, instance: node }));
    await agent.next();
    const counters = {
      ...noCounters,
      packets: 100,
      kernelDropped: node === 'node-1' ? 7 : null,
      bufferUsed: node === 'node-1' ? 0.25 : 0.5,
      ringSince: node === 'node-1' ? 2000 : 1000,
      unidentified: { 5432: 10 },
    };
    const failed = node === 'node-2';
    agent.send({
      type: 'health',
      counters,
      state: failed ? 'failed' : 'running',
      notes: failed ? ['there is no interface eth9'] : [],
    });
    // The answer to a refused batch comes after the report was taken.
    agent.ws.send(Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 0]));
    await agent.next();
  }
  const health = CaptureHealth.parse(await ask(`${hub.url}/api/health/capture`));
  expect(health.total).toMatchObject({
    packets: 200,
    kernelDropped: 7,
    bufferUsed: 0.5,
    ringSince: 1000,
    unidentified: { 5432: 20 },
  });
  expect(health.agents.map(({ node, connected }) => [node, connected])).toEqual([
    ['node-1', true],
    ['node-2', true],
  ]);

  const { sources } = Sources.parse(await ask(`${hub.url}/api/sources`));
  expect(sources.map(({ state }) => state)).toEqual(['running', 'failed']);
  const { checks } = DoctorReport.parse(await ask(`${hub.url}/api/doctor`));
  expect(checks.find(({ id }) => id === 'sources')).toMatchObject({ evidence: 'node-2: there is no interface eth9' });
  expect(checks.find(({ id }) => id === 'drops')).toMatchObject({
    state: 'warning',
    evidence: '7 packets dropped (3.38 %), its buffer 50 % full at most',
  });
});

test('a filter that hides everything is the answer, with the number', async () => {
  const hub = await startHub();
  await hub.services.store.insert([1, 2, 3].map((n) => anHttpEntry(0, { id: idAt(START_MICROS + n) })));
  const { checks } = DoctorReport.parse(
    await ask(`${hub.url}/api/doctor?q=${encodeURIComponent('response.status == 999')}`),
  );
  expect(checks.at(-1)).toMatchObject({ state: 'warning', evidence: 'your filter hides 3 of 3 entries' });
});

test('TLS that is not decrypted is told by workload, both ends, most connections first', async () => {
  const hub = await startHub();
  const agent = await TestSocket.open(`${hub.url}/api/agent`);
  agent.send(hello());
  await agent.next();
  agent.send({
    type: 'health',
    state: 'running',
    notes: [],
    counters: { ...noCounters, tlsStreams: 13, tlsDecrypted: 1 },
  });
  agent.ws.send(Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 0]));
  await agent.next();
  const end = (workload: string | undefined, ip: string) => ({
    ...{ ip, port: 443 },
    ...(workload === undefined ? { dns: 'api.example.com' } : { workload, namespace: 'shop', pod: `${workload}-1` }),
  });
  const closed = (n: number, from: string, to: string | undefined, decrypted = false) =>
    anHttpEntry(n, {
      src: end(from, '10.1.0.1'),
      dst: end(to, '203.0.113.7'),
      connection: { ...anHttpEntry().connection, tls: { version: 'TLS 1.3', decrypted } as never },
    });
  const more = Array.from({ length: 9 }, (_, n) => closed(20 + n, `job-${n}`, 'db'));
  await hub.services.store.insert([
    closed(1, 'web', undefined),
    closed(2, 'web', undefined),
    closed(3, 'cart', 'payments'),
    closed(4, 'cart', 'open', true),
    ...more,
  ]);
  const { checks } = DoctorReport.parse(await ask(`${hub.url}/api/doctor`));
  const { evidence = '' } = checks.find(({ id }) => id === 'tls') ?? {};
  expect(evidence).toMatch(
    /^12 TLS connections not decrypted; shop\/web → api\.example\.com \(2\), shop\/cart → shop\/payments \(1\)/,
  );
  expect(evidence).toMatch(/ and 3 more$/);
  expect(evidence).not.toMatch(/open/);
});

test.each([
  ['ahead', 5_000, /^the clock of node-1 is 5\.\d s ahead of the hub’s$/],
  ['behind', -90_000, /^the clock of node-1 is 9\d\.\d s behind the hub’s$/],
  ['right', 0, /^no node differs from the hub by more than \d/],
])('a node whose clock is %s', async (_name, millis, evidence) => {
  const hub = await startHub();
  const agent = await TestSocket.open(`${hub.url}/api/agent`);
  agent.send(hello());
  await agent.next();
  // One report that was late on its way proves nothing.
  for (const late of [30_000, 0])
    agent.send({
      type: 'health',
      state: 'running',
      notes: [],
      counters: noCounters,
      sentAt: (Date.now() + millis - (millis === 0 ? late : 0)) * 1000,
    });
  agent.ws.send(Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 0]));
  await agent.next();
  const { checks } = DoctorReport.parse(await ask(`${hub.url}/api/doctor`));
  expect(checks.find(({ id }) => id === 'clocks')?.evidence).toMatch(evidence);
});
