/** Differences in words, the same in every kind of report. */

import type { Difference } from '../verify/compare.ts';

/** Longer values are cut: the report says that something differs, the recording has it whole. */
const MAX_VALUE = 300;

function valueText(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'nothing');
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

export const millisText = (millis: number | null): string =>
  millis === null ? '' : millis >= 1000 ? `${(millis / 1000).toFixed(2)} s` : `${millis.toFixed(1)} ms`;

export function differenceText(difference: Difference): string {
  switch (difference.part) {
    case 'failure':
      return `no answer: ${difference.message}`;
    case 'status':
      return `status ${valueText(difference.expected)} → ${valueText(difference.actual)}`;
    case 'header':
      return `header ${difference.place}: ${valueText(difference.expected)} → ${valueText(difference.actual)}`;
    case 'latency':
      return `took ${millisText(difference.actual)}, recorded ${millisText(difference.expected)}`;
    case 'body': {
      const { place, kind, expected, actual } = difference;
      if (kind === 'added') return `${place} is new: ${valueText(actual)}`;
      if (kind === 'missing') return `${place} is missing: ${valueText(expected)}`;
      return `${place}: ${valueText(expected)} → ${valueText(actual)}`;
    }
  }
}
