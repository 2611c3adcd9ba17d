/** A whole replay: the plan is sent, the answers compared, the report made. */

import type { PlannedCall } from './plan/call.ts';
import type { Plan } from './plan/plan.ts';
import { type ReplayReport, ReportBuilder } from './report/report.ts';
import { type RunOptions, runReplay } from './run.ts';
import { Verifier, type VerifyOptions } from './verify/compare.ts';
import { type IgnoreRule, learnFromRecording, learnFromRuns } from './verify/noise.ts';

export interface ReplayOptions {
  /** For the report. */
  readonly recording: string;
  readonly target: string;
  readonly run?: Omit<RunOptions, 'onSent'>;
  /** Compare the answers with the recorded ones. */
  readonly verify?: VerifyOptions;
  /** Send everything twice before, and take what differs between the two for noise. */
  readonly hasBaseline?: boolean;
  readonly onProgress?: (sent: number, wrong: number) => void;
}

const unjudged = { differences: [], ignored: [] } as const;

export async function replay(plan: Plan, options: ReplayOptions): Promise<ReplayReport> {
  const { recording, target, run = {}, verify, hasBaseline = false, onProgress } = options;
  const startedAt = new Date();
  const learnt = verify === undefined ? [] : await learn(plan, run, hasBaseline);
  const verifier = verify && new Verifier({ ...verify, ignore: [...(verify.ignore ?? []), ...learnt] });
  const loops = run.pace?.loops;
  const builder = new ReportBuilder({ recording, target, startedAt, plan, loops, isVerified: verify !== undefined });
  const { seconds } = await runReplay(plan.calls, {
    ...run,
    onSent: (call, sent) => {
      const failed =
        sent.failure === undefined
          ? unjudged
          : { ...unjudged, differences: [{ part: 'failure' as const, message: sent.failure }] };
      builder.add(call, sent, verifier?.verify(call, sent) ?? failed);
      onProgress?.(builder.sent, builder.wrong);
    },
  });
  return builder.finish(seconds, run.signal?.aborted ?? false);
}

async function learn(plan: Plan, run: Omit<RunOptions, 'onSent'>, hasBaseline: boolean): Promise<IgnoreRule[]> {
  const rules = learnFromRecording(plan.calls.map(({ entry }) => entry));
  if (!hasBaseline) return rules;
  const bodies = async (): Promise<ReadonlyMap<number, string>> => {
    const found = new Map<number, string>();
    const onSent = (call: PlannedCall, { failure, body }: { failure?: string; body: Uint8Array }) => {
      if (failure === undefined) found.set(call.index, Buffer.from(body).toString('utf8'));
    };
    await runReplay(plan.calls, { ...run, onSent });
    return found;
  };
  const [first, second] = [await bodies(), await bodies()];
  const pairs = plan.calls.map(({ index, entry }) => ({
    endpoint: entry.endpoint,
    first: first.get(index),
    second: second.get(index),
  }));
  return [...rules, ...learnFromRuns(pairs)];
}
