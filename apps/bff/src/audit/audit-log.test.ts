import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AuditLog } from './audit-log.ts';

const event = (n: number) => ({ at: n, user: 'ann', action: 'entry.read', target: String(n), requestId: 'r' });

test('events survive a restart, newest first, and a line that a crash cut is passed over', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-audit-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const log = await AuditLog.open(directory, () => expect.unreachable());
  for (const n of [1, 2, 3]) log.record(event(n));
  await log.settle();
  await appendFile(path.join(directory, 'audit.jsonl'), '{"at":4,"us');

  const again = await AuditLog.open(directory, () => expect.unreachable());
  expect(again.list(2)).toEqual([event(3), event(2)]);
  expect((await readFile(path.join(directory, 'audit.jsonl'), 'utf8')).split('\n')).toHaveLength(4);
});

test('a log that cannot be written is told and stops nothing', async () => {
  const errors: unknown[] = [];
  const log = await AuditLog.open('/no/such/directory', (error) => errors.push(error));
  log.record(event(1));
  await log.settle();
  expect(errors).toHaveLength(1);
  expect(log.list(10)).toEqual([event(1)]);
});
