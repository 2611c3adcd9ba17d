import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startHeartbeat } from './heartbeat.ts';

/** For a loaded machine. */
const patience = { timeout: 20_000 };

test('the file is there at once, and says when it was written', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-heartbeat-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'heartbeat');
  onTestFinished(startHeartbeat(file, () => undefined));
  await vi.waitFor(async () => expect(Date.parse(await readFile(file, 'utf8'))).not.toBeNaN(), patience);
});

test('a file that cannot be written is told, and capture goes on', async () => {
  const warn = vi.fn();
  onTestFinished(startHeartbeat('/nonexistent/heartbeat', warn));
  await vi.waitFor(() => expect(warn).toHaveBeenCalledWith(expect.stringContaining('ENOENT')), patience);
});
