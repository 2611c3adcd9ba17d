/** Points in time as text. */

import type { Micros } from '@kubeshark/model';

/** Reads `1760000000000000` (micros), `2026-11-23T10:00:00Z`; undefined when it is neither. */
export function parseInstant(text: string): Micros | undefined {
  if (/^\d{1,17}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text)) return undefined;
  const millis = Date.parse(text);
  return Number.isNaN(millis) ? undefined : millis * 1000;
}
