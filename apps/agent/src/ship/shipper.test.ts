import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EntryPage, RedactionSettings } from '@kubeshark/contract';
import { anHttpEntry } from '@kubeshark/testkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { Capture } from '../capture.ts';
import { nobody } from '../enrich/process.ts';
import { createRules } from '../redact/rules.ts';
import { type HubProcess, startHubProcess } from '../testing/hub-process.ts';
import { Outbox } from './outbox.ts';
import { Shipper } from './shipper.ts';

/** `KUBESHARK_CRASHES=20` kills more often. */
const KILLS = Number(process.env['KUBESHARK_CRASHES'] ?? 4);
/** Entries the shipper puts into one batch. */
const BATCH = 500;
const WAIT = { timeout: 60_000, interval: 1 };

const json = (entry: object) => Buffer.from(JSON.stringify(entry));

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-ship-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  return directory;
}

async function shipperTo(hubUrl: string, outbox: Outbox): Promise<Shipper> {
  const silent = { info: () => undefined, warn: () => undefined };
  const shipper = new Shipper({
    hubUrl,
    hello: { version: '0.0.0-test', node: 'node-1', instance: outbox.instance, source: { kind: 'live', name: 'any' } },
    outbox,
    rules: createRules(RedactionSettings.parse({})).rules,
    health: () => ({ state: 'running', notes: [], counters: Capture.noCounters }),
    onConfig: () => undefined,
    log: silent,
  });
  onTestFinished(() => shipper.close());
  await shipper.agentNumber;
  return shipper;
}

/** Every id the hub holds, oldest first, read page by page. */
async function storedIds({ url }: HubProcess): Promise<string[]> {
  const ids: string[] = [];
  for (let before = ''; ; ) {
    const answer = await fetch(`${url}/api/entries?limit=1000${before}`);
    const { rows, next } = EntryPage.parse(await answer.json());
    ids.push(...rows.map(({ id }) => id));
    if (next === null) return ids.toReversed();
    before = `&before=${next}`;
  }
}

test(`a hub that is killed ${KILLS} times, and once told to end, while entries come loses none and has none twice`, async () => {
  const directory = await temporaryDirectory();
  let hub = await startHubProcess(path.join(directory, 'data'));
  onTestFinished(() => hub.kill('SIGKILL'));
  const outbox = await Outbox.open(path.join(directory, 'spool'), 'run-1');
  const shipper = await shipperTo(hub.url, outbox);

  const offered: string[] = [];
  for (let round = 0; round <= KILLS; round++) {
    const { shipped } = outbox.counts;
    for (let n = 0; n < 2_000; n++) {
      const entry = anHttpEntry(offered.length);
      offered.push(entry.id);
      shipper.offer(json(entry), nobody);
    }
    // Before the first acknowledgement, after it, after the second: the rest is being received, stored or acknowledged.
    const acknowledged = shipped + (round % 3) * BATCH;
    await vi.waitFor(() => expect(outbox.counts.shipped).toBeGreaterThanOrEqual(acknowledged), WAIT);
    // One that is told to end must not lose anything either.
    await hub.kill(round === KILLS ? 'SIGTERM' : 'SIGKILL');
    hub = await startHubProcess(path.join(directory, 'data'), hub.port);
  }
  await shipper.drain(AbortSignal.timeout(60_000));

  expect(outbox.counts).toEqual({ shipped: offered.length, queued: 0, spooled: 0, lost: 0 });
  expect(await storedIds(hub)).toEqual(offered);
}, 300_000);

test('what an agent could not ship before it ended, its next run ships', async () => {
  const directory = await temporaryDirectory();
  const spool = path.join(directory, 'spool');
  const hub = await startHubProcess(path.join(directory, 'data'));
  onTestFinished(() => hub.kill('SIGKILL'));
  const first = await shipperTo(hub.url, await Outbox.open(spool, 'run-1'));
  await hub.kill('SIGKILL');
  first.offer(json(anHttpEntry(1)), nobody);
  await first.close();

  const again = await startHubProcess(path.join(directory, 'data'), hub.port);
  onTestFinished(() => again.kill('SIGKILL'));
  const second = await shipperTo(again.url, await Outbox.open(spool, 'run-2'));
  second.offer(json(anHttpEntry(2)), nobody);
  await second.drain(AbortSignal.timeout(20_000));
  expect(await storedIds(again)).toEqual([anHttpEntry(1).id, anHttpEntry(2).id]);
}, 60_000);
