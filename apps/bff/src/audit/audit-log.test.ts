import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SharedEvents } from '@kubeshark/store';
import { expect, onTestFinished, test, vi } from 'vitest';
import { AuditLog } from './audit-log.ts';

const event = (n: number) => ({ at: n, user: 'ann', action: 'entry.read', target: String(n), requestId: 'r' });

test('events survive a restart, newest first, and a line that a crash cut is passed over', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-audit-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const log = await AuditLog.open(directory, { onError: () => expect.unreachable() });
  for (const n of [1, 2, 3]) log.record(event(n));
  await log.settle();
  await appendFile(path.join(directory, 'audit.jsonl'), '{"at":4,"us');

  const again = await AuditLog.open(directory, { onError: () => expect.unreachable() });
  expect(await again.list(2)).toEqual([event(3), event(2)]);
  expect((await readFile(path.join(directory, 'audit.jsonl'), 'utf8')).split('\n')).toHaveLength(4);
});

test('a log that cannot be written is told and stops nothing', async () => {
  const errors: unknown[] = [];
  const log = await AuditLog.open('/no/such/directory', { onError: (error) => errors.push(error) });
  log.record(event(1));
  await log.settle();
  expect(errors).toHaveLength(1);
  expect(await log.list(10)).toEqual([event(1)]);
});

test('a database that is away is told later, and until then this hub tells its own', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-audit-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const told: string[] = [];
  const errors: unknown[] = [];
  let isAway = true;
  const shared: SharedEvents = {
    add: async (events) => {
      if (isAway) throw new Error('away');
      told.unshift(...events.map(({ text }) => text).toReversed());
    },
    newest: async (limit) => {
      if (isAway) throw new Error('away');
      return told.slice(0, limit);
    },
  };
  const log = await AuditLog.open(directory, { onError: (error) => errors.push(error), shared, retryMillis: 1 });
  log.record(event(1));
  log.record(event(2));
  expect(await log.list(10)).toEqual([event(2), event(1)]);
  expect(errors).not.toEqual([]);
  isAway = false;
  await vi.waitFor(async () => expect(await log.list(10)).toEqual([event(2), event(1)]));
  await vi.waitFor(() => expect(told).toHaveLength(2));
  told.unshift(JSON.stringify(event(9)), 'of another release');
  expect(await log.list(3)).toEqual([event(9), event(2)]);
});
