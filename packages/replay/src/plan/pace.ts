/** When each call is due, in milliseconds after the start: the plan's own spacing, faster or slower, or a fixed rate. */

import type { PlannedCall } from './call.ts';

export interface Pace {
  /** How many times as fast as it was recorded; `max` is as fast as the target answers. Default 1. */
  readonly speed?: number | 'max';
  /** Calls a second, whatever the recorded spacing. */
  readonly rate?: number;
  /** Seconds in which the rate rises from zero to its full height. */
  readonly rampSeconds?: number;
  /** How often the plan is sent; default 1. */
  readonly loops?: number;
  /** Seconds after which no call is begun. */
  readonly durationSeconds?: number;
}

export interface DueCall {
  readonly call: PlannedCall;
  readonly loop: number;
  readonly due: number;
}

/** Pause between two rounds that keep the recorded spacing, so that the last and the first call do not collide. */
const LOOP_PAUSE_MILLIS = 10;

/** Every sending in the order it is due. */
export function* paced(calls: readonly PlannedCall[], pace: Pace): Generator<DueCall> {
  const { speed = 1, rate, rampSeconds = 0, loops = 1, durationSeconds = Number.POSITIVE_INFINITY } = pace;
  const length = calls.length === 0 ? 0 : (calls.at(-1)?.offset ?? 0) + LOOP_PAUSE_MILLIS;
  let sent = 0;
  for (let loop = 0; loop < loops && calls.length > 0; loop++) {
    for (const call of calls) {
      const due =
        rate !== undefined
          ? dueAtRate(sent, rate, rampSeconds)
          : speed === 'max'
            ? 0
            : (loop * length + call.offset) / speed;
      if (due > durationSeconds * 1000) return;
      yield { call, loop, due };
      sent++;
    }
  }
}

/** While the rate rises linearly over `ramp` seconds, `n` calls are out after `sqrt(2 n ramp / rate)` seconds. */
function dueAtRate(n: number, rate: number, ramp: number): number {
  const duringRamp = (rate * ramp) / 2;
  const seconds = n < duringRamp ? Math.sqrt((2 * n * ramp) / rate) : ramp + (n - duringRamp) / rate;
  return seconds * 1000;
}
