export type { PlannedCall } from './plan/call.ts';
export { type Capture, captureText, parseCapture, proposeCaptures } from './plan/captures.ts';
export type { PlanOptions, SkipReason } from './plan/options.ts';
export type { Pace } from './plan/pace.ts';
export { type Plan, PlanError, planReplay } from './plan/plan.ts';
export { type ReplayOptions, replay } from './replay.ts';
export { htmlReport } from './report/html.ts';
export { junitReport } from './report/junit.ts';
export {
  type CallReport,
  type EndpointReport,
  type Percentiles,
  type ReplayReport,
  ReportBuilder,
} from './report/report.ts';
export { differenceText, millisText } from './report/text.ts';
export { DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT_MILLIS } from './run.ts';
export {
  DEFAULT_HEADERS,
  DEFAULT_LATENCY_FACTOR,
  DEFAULT_LATENCY_MILLIS,
  type Difference,
  type VerifyOptions,
} from './verify/compare.ts';
export { type IgnoreRule, parseRules, ruleText } from './verify/noise.ts';
