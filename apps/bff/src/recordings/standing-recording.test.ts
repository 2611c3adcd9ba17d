import { anHttpEntry } from '@kubeshark/testkit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startHub } from '../testing/hub.ts';
import { keepRecording, STANDING_NAME } from './standing-recording.ts';

const patience = { timeout: 20_000, interval: 20 };

async function recordingHub(bytes: number) {
  const hub = await startHub();
  const { recordings } = hub.services;
  const keep = () => {
    const end = keepRecording({ recordings, bytes, onError: (error) => expect(error).toBeUndefined() }, 10);
    onTestFinished(end);
    return end;
  };
  const standing = () => recordings.list().filter(({ name }) => name === STANDING_NAME);
  const running = () => standing().filter(({ state }) => state === 'recording').length;
  const take = (at: number) => hub.services.ingest.take([anHttpEntry(at)], new AbortController().signal);
  return { recordings, keep, standing, running, take };
}

test('everything is recorded, the next begins where one ends, and a hub that is back goes on', async () => {
  // An eighth is less than one call takes: each ends its recording.
  const { keep, standing, running, take } = await recordingHub(800);
  const end = keep();
  await vi.waitFor(() => expect(running()).toBe(1), patience);
  await take(1);
  await vi.waitFor(() => expect([standing().length, running()]).toEqual([2, 1]), patience);
  // How it ended is told once its file is whole; the next one begins before.
  await vi.waitFor(() => expect(standing().at(-1)).toMatchObject({ entries: 1, stopReason: 'size' }), patience);
  end();
  keep();
  await take(2);
  await vi.waitFor(() => expect([standing().length, running()]).toEqual([3, 1]), patience);
});

test('what was stopped by hand stays stopped until the hub is started again', async () => {
  const { recordings, keep, standing, running } = await recordingHub(1e9);
  const end = keep();
  await vi.waitFor(() => expect(running()).toBe(1), patience);
  await recordings.stop(standing()[0]?.id ?? '');
  const looked = vi.spyOn(recordings, 'list');
  await vi.waitFor(() => expect(looked.mock.calls.length).toBeGreaterThan(5), patience);
  expect(standing()).toHaveLength(1);
  end();
  keep();
  await vi.waitFor(() => expect([standing().length, running()]).toEqual([2, 1]), patience);
});
