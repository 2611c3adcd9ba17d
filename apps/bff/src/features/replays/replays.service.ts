/** Replays that the hub runs: each sends a recording again and keeps its report until the hub ends. */

import { randomBytes } from 'node:crypto';
import type { ReplayInfo, ReplayReport as ShownReport, StartReplayBody } from '@kubeshark/contract/recordings';
import type { Entry } from '@kubeshark/model';
import {
  type Capture,
  differenceText,
  type Plan,
  PlanError,
  parseCapture,
  parseRules,
  planReplay,
  type ReplayReport,
  replay,
} from '@kubeshark/replay';
import { HubError } from '../../errors.ts';

/** The hub has other work; a load test is the command line's. */
const MAX_RUNNING = 2;
/** Reports kept; each lists at most a thousand calls. */
const MAX_KEPT = 50;
/** Calls of one replay: they are in the hub's memory. */
const MAX_CALLS = 100_000;

interface Running {
  info: ReplayInfo;
  report: ReplayReport | undefined;
  readonly scope: string | undefined;
  readonly stop: AbortController;
}

export interface StartOptions {
  readonly recording: string;
  readonly scope: string | undefined;
  readonly entries: AsyncIterable<readonly Entry[]>;
  readonly filter: (entry: Entry) => boolean;
}

export class Replays {
  /** Oldest first. */
  readonly #byId = new Map<string, Running>();

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
    };
    this.#byId.set(state.info.id, state);
    this.#forget();
    const { speed, rate, loops } = body;
    const pace = { speed, loops, ...(rate !== undefined && { rate }) };
    replay(plan, {
      recording,
      target: body.target,
      run: {
        pace,
        captures: captures.filter((capture): capture is Capture => capture !== undefined),
        signal: state.stop.signal,
      },
      verify: { ignore: rules },
      onProgress: (sent, wrongCalls) => {
        state.info = { ...state.info, sent, wrong: wrongCalls };
      },
    }).then(
      (report) => {
        state.report = report;
        state.info = { ...state.info, state: 'done' };
      },
      (error: unknown) => {
        state.info = { ...state.info, state: 'failed', reason: (error as Error).message };
      },
    );
    return state.info;
  }

  stopAll(): void {
    for (const { stop } of this.#byId.values()) stop.abort();
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
      if (info.state !== 'running') this.#byId.delete(id);
    }
  }
}

async function planOf(
  entries: AsyncIterable<readonly Entry[]>,
  { target, allowWrites, sample, setHeaders }: StartReplayBody,
  filter: (entry: Entry) => boolean,
): Promise<Plan> {
  try {
    return await planReplay(entries, { target, allowWrites, sample, setHeaders, filter, maxCalls: MAX_CALLS });
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
