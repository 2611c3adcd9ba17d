/** Spans of time as people read them. */

/** `12.5 ms`, `3.20 s`; empty when there is none. */
export function latencyText(millis: number | null): string {
  if (millis === null) return '';
  if (millis >= 1000) return `${(millis / 1000).toFixed(2)} s`;
  return `${millis.toFixed(millis >= 100 ? 0 : 1)} ms`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `20.0 s`, `12 min 5 s`, `3 h 20 min`, `907 d`. */
export function durationText(seconds: number): string {
  if (seconds < 2 * MINUTE) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`;
  if (whole < 2 * DAY) return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / MINUTE)} min`;
  return `${Math.floor(whole / DAY)} d`;
}
