/** Replays that the hub runs: each sends a recording again; the reports of the latest are kept. */

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  ReplayInfo,
  type ReplayPlan,
  type ReplayReport as ShownReport,
  type StartReplayBody,
} from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import {
  type Capture,
  captureText,
  differenceText,
  type Plan,
  PlanError,
  parseCapture,
  parseRules,
  planReplay,
  proposeCaptures,
  type ReplayReport,
  replay,
} from '@kubeshark/replay';
import { z } from 'zod';
import { HubError } from '../../errors.ts';

/** The hub has other work; a load test is the command line's. */
const MAX_RUNNING = 2;
/** Reports kept; each lists at most a thousand calls. */
const MAX_KEPT = 50;
/** Calls of one replay: they are in the hub's memory. */
const MAX_CALLS = 100_000;

const BROKEN_OFF = 'the hub was restarted while it ran';

interface Running {
  info: ReplayInfo;
  report: ReplayReport | undefined;
  readonly scope: string | undefined;
  readonly stop: AbortController;
  /** Resolves when it is over. */
  over: Promise<void>;
}

/** As it is kept; the report is this program's own, of this release or an earlier one. */
const Kept = z.object({ info: ReplayInfo, scope: z.string().optional(), report: z.unknown().optional() });

export interface StartOptions {
  readonly recording: string;
  readonly scope: string | undefined;
  readonly entries: AsyncIterable<readonly Entry[]>;
  readonly filter: (entry: Entry) => boolean;
}

export class Replays {
  readonly #directory: string;
  readonly #onError: (error: unknown) => void;
  /** Oldest first. */
  readonly #byId = new Map<string, Running>();
  readonly #writing = new Set<Promise<void>>();

  private constructor(directory: string, onError: (error: unknown) => void) {
    this.#directory = directory;
    this.#onError = onError;
  }

  /** Finds the reports of earlier runs of the hub. */
  static async open(directory: string, onError: (error: unknown) => void): Promise<Replays> {
    const replays = new Replays(directory, onError);
    // Reports quote what answers held.
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const kept = await Promise.all((await readdir(directory)).map((name) => readKept(path.join(directory, name))));
    const known = kept.filter((one) => one !== undefined).toSorted((a, b) => a.info.startedAt - b.info.startedAt);
    for (const one of known) replays.#byId.set(one.info.id, one);
    replays.#forget();
    return replays;
  }

  list(scope: string | undefined): ReplayInfo[] {
    return [...this.#byId.values()]
      .filter((running) => isSeen(running, scope))
      .map(({ info }) => info)
      .toReversed();
  }

  /** With its report. Throws `KS_REPLAY_NOT_FOUND`. */
  get(id: string, scope: string | undefined): ReplayInfo {
    const { info, report } = this.#find(id, scope);
    return report === undefined ? info : { ...info, report: shown(report) };
  }

  report(id: string, scope: string | undefined): ReplayReport {
    const { report } = this.#find(id, scope);
    if (report === undefined) throw new HubError('KS_CONFLICT', 'The replay is not over yet.');
    return report;
  }

  /** What `start` would send, and which values of answers later requests carry. Throws as it does. */
  async outline(
    body: StartReplayBody,
    { entries, filter }: Pick<StartOptions, 'entries' | 'filter'>,
  ): Promise<ReplayPlan> {
    const plan = await planOf(entries, body, filter);
    return {
      planned: plan.calls.length * body.loops,
      hosts: Object.fromEntries(plan.hosts),
      skipped: Object.fromEntries(plan.skipped),
      redacted: Object.fromEntries(plan.redacted),
      captures: proposeCaptures(plan.calls).map(captureText),
    };
  }

  stop(id: string, scope: string | undefined): ReplayInfo {
    const running = this.#find(id, scope);
    running.stop.abort();
    return running.info;
  }

  /** Answers once the plan is made; sending goes on by itself. Throws `KS_BAD_REQUEST` for what cannot be sent. */
  async start(body: StartReplayBody, { recording, scope, entries, filter }: StartOptions): Promise<ReplayInfo> {
    const running = [...this.#byId.values()].filter(({ info }) => info.state === 'running').length;
    if (running >= MAX_RUNNING)
      throw new HubError('KS_CONFLICT', `${MAX_RUNNING} replays run already; stop one, or use kubeshark replay.`);
    const { rules, faults } = parseRules(body.ignore);
    const lines = body.captures.split('\n').filter((line) => line.trim() !== '');
    const captures = lines.map(parseCapture);
    const wrong = [...faults, ...lines.filter((_, at) => captures[at] === undefined)];
    if (wrong.length > 0) throw new HubError('KS_BAD_REQUEST', `Neither a rule nor a capture: ${wrong.join('; ')}`);
    const plan = await planOf(entries, body, filter);
    if (plan.calls.length === 0) throw new HubError('KS_BAD_REQUEST', nothingToSend(plan));
    const state: Running = {
      info: {
        id: randomBytes(6).toString('hex'),
        recording,
        target: body.target,
        startedAt: Date.now() * 1000,
        state: 'running',
        planned: plan.calls.length * body.loops,
        sent: 0,
        wrong: 0,
      },
      report: undefined,
      scope,
      stop: new AbortController(),
      over: Promise.resolve(),
    };
    this.#byId.set(state.info.id, state);
    this.#forget();
    this.#keep(state);
    const { speed, rate, loops, rampSeconds, durationSeconds, concurrency, insecure } = body;
    const pace = {
      speed,
      loops,
      ...(rate !== undefined && { rate }),
      ...(rampSeconds !== undefined && { rampSeconds }),
      ...(durationSeconds !== undefined && { durationSeconds }),
    };
    state.over = replay(plan, {
      recording,
      target: body.target,
      run: {
        pace,
        captures: captures.filter((capture): capture is Capture => capture !== undefined),
        signal: state.stop.signal,
        insecure,
        ...(concurrency !== undefined && { concurrency }),
      },
      verify: {
        ignore: rules,
        strict: body.strict,
        sets: body.unordered,
        ...(body.latencyMillis !== undefined && { latencyMillis: body.latencyMillis }),
      },
      hasBaseline: body.hasBaseline,
      onProgress: (sent, wrongCalls) => {
        state.info = { ...state.info, sent, wrong: wrongCalls };
      },
    }).then(
      (report) => {
        state.report = report;
        state.info = { ...state.info, state: 'done' };
        this.#keep(state);
      },
      (error: unknown) => {
        state.info = { ...state.info, state: 'failed', reason: (error as Error).message };
        this.#keep(state);
      },
    );
    return state.info;
  }

  /** Resolves when the reports so far are kept. */
  async close(): Promise<void> {
    for (const { stop } of this.#byId.values()) stop.abort();
    await Promise.all([...this.#byId.values()].map(({ over }) => over));
    await Promise.all(this.#writing);
  }

  #keep({ info, scope, report }: Running): void {
    const text = JSON.stringify({ info, scope, report });
    const file = path.join(this.#directory, `${info.id}.json`);
    const writing = (async () => {
      // One after the other: the end is written after the start.
      await Promise.all(this.#writing);
      try {
        await writeFile(`${file}.new`, text, { mode: 0o600 });
        await rename(`${file}.new`, file);
      } catch (error) {
        this.#onError(error);
      }
    })();
    const tracked = writing.finally(() => this.#writing.delete(tracked));
    this.#writing.add(tracked);
  }

  #find(id: string, scope: string | undefined): Running {
    const running = this.#byId.get(id);
    if (running === undefined || !isSeen(running, scope))
      throw new HubError('KS_REPLAY_NOT_FOUND', `There is no replay ${id}.`);
    return running;
  }

  #forget(): void {
    for (const [id, { info }] of this.#byId) {
      if (this.#byId.size <= MAX_KEPT) return;
      if (info.state === 'running') continue;
      this.#byId.delete(id);
      void rm(path.join(this.#directory, `${id}.json`), { force: true }).catch(this.#onError);
    }
  }
}

/** Undefined for what is no report: another file, or one that was cut. */
async function readKept(file: string): Promise<Running | undefined> {
  if (!file.endsWith('.json')) return undefined;
  try {
    const { info, scope, report } = Kept.parse(JSON.parse(await readFile(file, 'utf8')));
    const broken = { state: 'failed' as const, reason: BROKEN_OFF };
    return {
      info: info.state === 'running' ? { ...info, ...broken } : info,
      report: report as ReplayReport | undefined,
      scope,
      stop: new AbortController(),
      over: Promise.resolve(),
    };
  } catch {
    // Not shown; it goes when newer ones take its place.
    return undefined;
  }
}

async function planOf(
  entries: AsyncIterable<readonly Entry[]>,
  { target, allowWrites, sample, setHeaders, methods, mapHosts, dropHeaders }: StartReplayBody,
  filter: (entry: Entry) => boolean,
): Promise<Plan> {
  try {
    return await planReplay(entries, {
      target,
      mapHost: mapHosts,
      allowWrites,
      sample,
      setHeaders,
      dropHeaders: dropHeaders.map((name) => name.toLowerCase()),
      ...(methods !== undefined && { methods: methods.map((method) => method.toUpperCase()) }),
      filter,
      maxCalls: MAX_CALLS,
    });
  } catch (error) {
    if (error instanceof PlanError) throw new HubError('KS_BAD_REQUEST', error.message, { cause: error });
    throw error;
  }
}

const nothingToSend = ({ skipped }: Plan): string => {
  const reasons = [...skipped].map(([reason, count]) => `${count} ${reason}`);
  return `There is nothing to send${reasons.length === 0 ? '' : `: ${reasons.join(', ')}`}.`;
};

/** The report with its differences in words, as every other kind of report has them. */
const shown = (report: ReplayReport): ShownReport => ({
  ...report,
  skipped: { ...report.skipped },
  redacted: { ...report.redacted },
  ignored: [...report.ignored],
  endpoints: [...report.endpoints],
  calls: report.calls.map((call) => ({
    ...call,
    differences: call.differences.map((difference) => ({ part: difference.part, text: differenceText(difference) })),
  })),
});

const isSeen = (running: Running, scope: string | undefined): boolean => scope === undefined || running.scope === scope;
