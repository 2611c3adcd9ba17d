/** Points in time and spans as people type them. */

import { parseInstant } from '@kubeshark/contract/instant';
import { Failure } from './failure.ts';

const secondsOf: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `90s`, `5m`, `1.5h`: seconds. */
export function readSpan(text: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)(ms|[smhdw])$/.exec(text) ?? [];
  const seconds = secondsOf[unit ?? ''];
  if (seconds === undefined || Number(count) === 0)
    throw new Failure('usage', `${text} is no span of time; write 30s, 5m, 2h or 7d.`);
  return Number(count) * seconds;
}

/** `15m` (that long ago), ISO 8601, or microseconds. */
export function readTime(text: string): number {
  const isSpan = /^\d+[smhdw]$/.test(text);
  const micros = isSpan ? Math.round((Date.now() / 1000 - readSpan(text)) * 1e6) : parseInstant(text);
  if (micros === undefined)
    throw new Failure('usage', `${text} is no time; write 15m, 2h, 7d or 2026-11-23T10:00:00Z.`);
  return micros;
}
