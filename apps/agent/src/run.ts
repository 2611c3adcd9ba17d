/** One source from beginning to end: capture, ship, report, and leave nothing behind. */

import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Call, type CaptureFault, JsonWriter } from '@kubeshark/capture';
import { RedactionSettings } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { Capture } from './capture.ts';
import type { Config } from './config.ts';
import { type CallTaker, EndNamer } from './enrich/name-ends.ts';
import { type Ends, nobody, withEnds } from './enrich/process.ts';
import { ProcessTable } from './enrich/process-table.ts';
import { KeyFiles } from './key-files.ts';
import type { PlannedSource } from './open-sources.ts';
import { createRules } from './redact/rules.ts';
import { PacketRequests } from './ring/packet-requests.ts';
import { RawRing } from './ring/raw-ring.ts';
import { Outbox } from './ship/outbox.ts';
import { Shipper } from './ship/shipper.ts';
import { type CaptureSource, isRefusal, type Refusal } from './sources/source.ts';
import { TargetedSource, type Wanted } from './sources/targeted.ts';

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

/** Where calls go. */
interface Destination extends CallTaker {
  /** Undefined when the agent was stopped before the hub gave a number. */
  readonly agentNumber: Promise<number | undefined>;
  /** What the hub wants captured now. */
  wanted(): Wanted;
  /** What the hub wants kept of each body; the next source obeys it. */
  maxCapturedSize(): number | undefined;
  /** The source has ended; resolves when what was offered is as safe as it can be. */
  end(state: 'done' | 'failed'): Promise<void>;
}

/** Reads a source to its end. Answers one sentence when it could not be opened or ended badly. */
export async function run(planned: PlannedSource, options: RunOptions): Promise<string | undefined> {
  const { config, signal, log } = options;
  const progress: Progress = {
    capture: undefined,
    source: undefined,
    ring: undefined,
    state: 'running',
    trouble: undefined,
  };
  const destination = config.output === 'stdout' ? printing() : await shipping(planned, options, progress);
  const agentNumber = await destination.agentNumber;
  if (agentNumber !== undefined) {
    const opened = await planned.open(destination.wanted());
    if (isRefusal(opened)) progress.trouble = refusalOf(opened);
    else {
      log.info(`capturing from ${opened.name} (${opened.kind})`);
      for (const note of opened.notes) log.warn(note);
      progress.source = opened;
      // What the hub said while it was being opened.
      if (opened instanceof TargetedSource) opened.retarget(destination.wanted());
      const { node } = config;
      const maxBodyBytes = destination.maxCapturedSize() ?? config.maxCapturedSize;
      const ring = opened.kind === 'file' ? undefined : await openRing(config, log);
      const keyFiles = new KeyFiles(config.tlsKeys, log, (lines) => ring?.keyLog(lines));
      const { keys } = keyFiles;
      // A file's processes are of another time, and mostly of another machine.
      const processes = opened.kind === 'file' ? undefined : new ProcessTable();
      const namer = processes === undefined ? undefined : new EndNamer(processes, destination);
      const onFlow = processes === undefined ? undefined : processes.began.bind(processes);
      const onCall = (call: Call) => {
        // A filter in the kernel may let more through than was asked for.
        if (namer === undefined) destination.take(call, nobody);
        else if (isWanted(call, destination.wanted())) namer.take(call);
      };
      progress.capture = new Capture({ source: opened, node, agentNumber, maxBodyBytes, keys, ring, onCall, onFlow });
      progress.ring = ring;
      progress.trouble = await readAll(progress.capture, opened, signal);
      keyFiles.close();
      namer?.end();
      await ring?.close();
      progress.ring = undefined;
    }
  }
  await destination.end(progress.trouble === undefined ? 'done' : 'failed');
  return progress.trouble;
}

/** Capture goes on without a ring that cannot be used. */
async function openRing({ ring }: Config, log: RunOptions['log']): Promise<RawRing | undefined> {
  if (ring === undefined) return undefined;
  try {
    return await RawRing.open({ ...ring, log });
  } catch (error) {
    log.warn(`packets are not kept in ${ring.directory}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** What the health reports tell. */
interface Progress {
  capture: Capture | undefined;
  source: CaptureSource | undefined;
  ring: RawRing | undefined;
  state: 'running' | 'done' | 'failed';
  trouble: string | undefined;
}

async function readAll(capture: Capture, source: CaptureSource, signal: AbortSignal): Promise<string | undefined> {
  const stop = () => void source.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const damage = await capture.run();
    return damage === undefined || signal.aborted ? undefined : damageOf(damage, source.name);
  } catch (error) {
    return signal.aborted ? undefined : `${source.name}: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** To the hub. Ids carry the number it gives, so nothing can be captured before it has. */
async function shipping(planned: PlannedSource, options: RunOptions, progress: Progress): Promise<Destination> {
  const { config, version, log, signal } = options;
  const outbox = await Outbox.open(config.spoolDir, randomUUID());
  let maxCapturedSize: number | undefined;
  let wanted: Wanted = {};
  // Before the hub has spoken nothing is captured, so nothing passes by this.
  let redactedBy = RedactionSettings.parse({});
  let redaction = createRules(redactedBy);
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
    rules: redaction.rules,
    health: () => ({
      state: progress.state,
      notes: [
        ...(progress.trouble === undefined ? [] : [progress.trouble]),
        ...(progress.source?.notes ?? []),
        ...(progress.ring?.notes ?? []),
        ...redaction.faults,
      ],
      counters: progress.capture?.counters ?? Capture.noCounters,
    }),
    onConfig: (settings) => {
      maxCapturedSize = settings.maxCapturedSize;
      const { targets, paused, except } = settings;
      wanted = { targets, paused, except };
      if (progress.source instanceof TargetedSource) progress.source.retarget(wanted);
      // Most messages are about targets.
      if (settings.redaction === undefined || isDeepStrictEqual(settings.redaction, redactedBy)) return;
      redactedBy = settings.redaction;
      redaction = createRules(redactedBy);
      shipper.redactBy(redaction.rules);
    },
    packets: new PacketRequests(() => progress.ring),
    log,
  });
  const json = new JsonWriter();
  /** Valid until the next. */
  const written = (call: Call) => {
    json.length = 0;
    call.writeJson(json);
    return json.written();
  };
  return {
    agentNumber: Promise.race([shipper.agentNumber, aborted(signal)]),
    wanted: () => wanted,
    maxCapturedSize: () => maxCapturedSize,
    take: (call, ends) => shipper.offer(written(call), ends),
    keep: (call) => {
      const kept = Buffer.from(written(call));
      return (ends) => shipper.offer(kept, ends);
    },
    end: async (state) => {
      progress.state = state;
      // A file is shipped whole; a stopped capture only as far as the hub takes it at once.
      const isWhole = planned.kind === 'file' && !signal.aborted;
      await shipper.drain(isWhole ? signal : AbortSignal.timeout(DRAIN_MILLIS));
      await shipper.close();
    },
  };
}

/** To standard output, one entry a line. Writing to a pipe blocks, so a slow reader slows the capture down. */
function printing(): Destination {
  const print = (entry: Entry, ends: Ends) => process.stdout.write(`${JSON.stringify(withEnds(entry, ends))}\n`);
  return {
    agentNumber: Promise.resolve(0),
    wanted: () => ({}),
    maxCapturedSize: () => undefined,
    take: (call, ends) => print(call.toEntry(), ends),
    keep: (call) => {
      const entry = call.toEntry();
      return (ends) => print(entry, ends);
    },
    end: () => Promise.resolve(),
  };
}

/** Has the call an end that is a target? */
function isWanted({ flow }: Call, { targets }: Wanted): boolean {
  if (targets === undefined) return true;
  return targets.includes(flow.endpoint('client').ip) || targets.includes(flow.endpoint('server').ip);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
