/** What the charts of the dashboard share. */

import { formatShort } from '../../lib/format.ts';
import type { ChartSeries } from '../../ui/chart.tsx';

/** Points of a chart over the whole range: as many as can be told apart on half a screen. */
export const BUCKETS = 100;

export const perSecond = (value: number): string => `${formatShort(value)}/s`;

export const line = (
  label: string,
  color: string,
  values: readonly (number | null)[],
  isFilled = false,
): ChartSeries => ({ label, color, values, isFilled });

/** What each chart equals, over the metrics of the hub. */
export const promql = {
  rate: 'sum(rate(kubeshark_requests_total[5m]))',
  errors: 'sum(rate(kubeshark_requests_total{status=~"5.."}[5m])) / sum(rate(kubeshark_requests_total[5m]))',
  latency: 'histogram_quantile(0.95, sum(rate(kubeshark_request_duration_seconds_bucket[5m])) by (le))',
  protocol: 'sum(rate(kubeshark_requests_total[5m])) by (protocol)',
  'dst.name': 'sum(rate(kubeshark_requests_total[5m])) by (dst)',
} as const;

/** Takes a person to the calls of a stretch of time; `term` narrows the query, null leaves it. */
export type OpenCalls = (term: string | null, from: number, to: number) => void;
