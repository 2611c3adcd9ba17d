/** One source from beginning to end: capture, ship, report, and leave nothing behind. */

import { randomUUID } from 'node:crypto';
import type { CaptureFault } from '@kubeshark/capture';
import { Capture } from './capture.ts';
import type { Config } from './config.ts';
import type { PlannedSource } from './open-sources.ts';
import { Outbox } from './ship/outbox.ts';
import { Shipper } from './ship/shipper.ts';
import { type CaptureSource, isRefusal, type Refusal } from './sources/source.ts';

export interface RunOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: { info(message: string): void; warn(message: string): void };
  /** Aborted to stop: a live capture ends, a file is left where it is. */
  readonly signal: AbortSignal;
}

/** How long a stopping agent waits for the hub before what is left goes to disk. */
const DRAIN_MILLIS = 3_000;

const damageOf = ({ fault, offset }: CaptureFault, name: string) =>
  `${name}: ${fault} at offset ${offset}; everything before it was read.`;
const refusalOf = ({ refused, fix }: Refusal) => (fix === undefined ? `${refused}.` : `${refused}. Fix: ${fix}`);

/** Ships everything the source gives. Answers one sentence when it could not be opened or ended badly. */
export async function run(planned: PlannedSource, options: RunOptions): Promise<string | undefined> {
  const { config, version, log, signal } = options;
  const outbox = await Outbox.open(config.spoolDir, randomUUID());
  let capture: Capture | undefined;
  let state: 'running' | 'done' | 'failed' = 'running';
  let trouble: string | undefined;

  const shipper = new Shipper({
    hubUrl: config.hubUrl,
    hello: {
      version,
      node: config.node,
      instance: outbox.instance,
      source: { kind: planned.kind, name: planned.name },
      ...(config.token !== undefined && { token: config.token }),
    },
    outbox,
    health: () => ({
      state,
      notes: trouble === undefined ? [] : [trouble],
      counters: capture?.counters ?? Capture.noCounters,
    }),
    onConfig: () => undefined,
    log,
  });

  const captureFrom = async (source: CaptureSource, agentNumber: number): Promise<string | undefined> => {
    capture = new Capture({
      source,
      node: config.node,
      agentNumber,
      maxBodyBytes: config.maxCapturedSize,
      onEntry: (entry) => shipper.offer(entry),
    });
    log.info(`capturing from ${source.name} (${source.kind})`);
    const stop = () => void source.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const damage = await capture.run();
      return damage === undefined || signal.aborted ? undefined : damageOf(damage, planned.name);
    } catch (error) {
      return signal.aborted ? undefined : `${planned.name}: ${error instanceof Error ? error.message : String(error)}`;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  };

  // Ids carry the agent's number: nothing can be captured before the hub has given one.
  const agentNumber = await Promise.race([shipper.agentNumber, aborted(signal)]);
  if (agentNumber !== undefined) {
    const opened = await planned.open();
    trouble = isRefusal(opened) ? refusalOf(opened) : await captureFrom(opened, agentNumber);
    state = trouble === undefined ? 'done' : 'failed';
  }
  // A file is shipped whole; a stopped capture only as far as the hub takes it at once.
  const isWhole = planned.kind === 'file' && !signal.aborted;
  await shipper.drain(isWhole ? signal : AbortSignal.timeout(DRAIN_MILLIS));
  await shipper.close();
  return trouble;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
