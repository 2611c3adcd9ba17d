/**
 * The chart's `tap.record`: everything is recorded from the installation on, a recording a day. One that was stopped by hand
 * stays the last until the hub is started again.
 */

import { setInterval } from 'node:timers';
import type { RecordingInfo, StartRecordingBody } from '@kubeshark/contract/recordings';
import type { Recordings } from './recordings.ts';

export interface StandingOptions {
  readonly recordings: Pick<Recordings, 'list' | 'start'>;
  /** Disk space of all recordings. */
  readonly bytes: number;
  readonly onError: (error: unknown) => void;
}

/** What its recordings are called. */
export const STANDING_NAME = 'tap.record';
const SECONDS = 86_400;
/** Of the space of all: the oldest must be able to go while the newest runs. */
const SHARE = 1 / 8;
/** How soon the next begins after one has ended. */
const LOOK_MILLIS = 1_000;

/** How it ended is known only once its packets are written; that it is full is known before, and nothing may be missed. */
function isFull({ bytes, limits, startedAt = 0, stoppedAt = 0 }: RecordingInfo): boolean {
  return bytes >= (limits.bytes ?? Number.POSITIVE_INFINITY) || stoppedAt - startedAt >= SECONDS * 1e6;
}

function isOver(recording: RecordingInfo): boolean {
  const { state, stopReason } = recording;
  if (state === 'sealing') return isFull(recording);
  return (state === 'done' && stopReason !== 'hand') || state === 'failed';
}

/** Begins now; the answer ends the looking, not the recording, which goes on when the hub is back. */
export function keepRecording({ recordings, bytes, onError }: StandingOptions, lookMillis = LOOK_MILLIS): () => void {
  let begun: string | undefined;
  let isBusy = false;
  const look = async (): Promise<void> => {
    const newest = recordings.list().find(({ name }) => name === STANDING_NAME);
    const runs = newest?.state === 'recording' || newest?.state === 'scheduled';
    if (runs) begun = newest.id;
    else if (begun === undefined || newest?.id !== begun || isOver(newest)) begun = await start();
  };
  const start = async (): Promise<string> => {
    const body: StartRecordingBody = {
      name: STANDING_NAME,
      query: '',
      notes: 'Begun by the chart’s value tap.record.',
      limits: { seconds: SECONDS, bytes: Math.floor(bytes * SHARE) },
      preRollSeconds: 0,
      packets: 'captured',
    };
    // Whoever downloads it is asked whether they may.
    return (await recordings.start(body, { seesPackets: true })).id;
  };
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    look()
      .catch(onError)
      .finally(() => {
        isBusy = false;
      });
  }, lookMillis);
  timer.unref();
  return () => clearInterval(timer);
}
