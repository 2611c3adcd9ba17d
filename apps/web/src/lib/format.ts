/** Numbers and instants as people read them. All functions are total: a missing value is an en dash. */

import type { Micros, Millis } from '@kubeshark/model';

const NONE = '–';
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1,234,567`. */
export function formatCount(count: number | null | undefined): string {
  return count === null || count === undefined || !Number.isFinite(count) ? NONE : whole.format(count);
}

/** `1 call`, `1,234 calls`. */
export const formatCalls = (count: number | null | undefined): string =>
  `${formatCount(count)} ${count === 1 ? 'call' : 'calls'}`;

/** Short form for tight places: `950`, `1.2k`, `3.4M`. */
export function formatShort(count: number | null | undefined): string {
  if (count === null || count === undefined || !Number.isFinite(count)) return NONE;
  if (count > 0 && count < 0.05) return '<0.1';
  if (Math.abs(count) < 1000) return count < 10 && count % 1 !== 0 ? count.toFixed(1) : String(Math.round(count));
  for (const [size, unit] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(count) >= size) return `${threeDigits(count / size)}${unit}`;
  }
  return String(count);
}

const threeDigits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

/** `0.42 ms`, `12.3 ms`, `1.20 s`, `2 m 05 s`. */
export function formatMillis(millis: Millis | null | undefined): string {
  if (millis === null || millis === undefined || !Number.isFinite(millis)) return NONE;
  if (millis < 1000) return `${threeDigits(millis)} ms`;
  if (millis < 60_000) return `${threeDigits(millis / 1000)} s`;
  const seconds = Math.round(millis / 1000);
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
}

/** `512 B`, `1.20 kB`, `34.5 MB`: powers of ten, as browsers' network panels do. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return NONE;
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  for (const [size, unit] of [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (bytes >= size) return `${threeDigits(bytes / size)} ${unit}`;
  }
  return `${bytes} B`;
}

/** `4.2 %`; a share that is not zero never reads as zero. */
export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return NONE;
  if (share === 0) return '0 %';
  const percent = share * 100;
  if (percent < 0.1) return '<0.1 %';
  return `${percent >= 99.95 ? '100' : percent.toFixed(1)} %`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });

/** `14:03:22.481`, local time. */
export function formatClock(at: Micros): string {
  const millis = Math.floor(at / 1000);
  return `${clock.format(millis)}.${String(((millis % 1000) + 1000) % 1000).padStart(3, '0')}`;
}

/** `Nov 23, 2026, 14:03:22.481302`: to the microsecond. */
export function formatInstant(at: Micros): string {
  const fraction = String(Math.floor(at % 1e6)).padStart(6, '0');
  return `${day.format(at / 1000)}, ${clock.format(at / 1000)}.${fraction}`;
}

/** `Nov 23, 2026, 14:03:22`: to the second, for what a person began. */
export function formatSecond(at: Micros): string {
  return `${day.format(at / 1000)}, ${clock.format(at / 1000)}`;
}

/** How long ago, in the largest fitting unit: `now`, `12 s`, `3 m`, `2 h`, `5 d`. */
export function formatAge(at: Micros, now: Micros): string {
  const seconds = Math.max(0, (now - at) / 1e6);
  if (seconds < 1) return 'now';
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** `host:port`, with brackets around IPv6. */
export function formatAddress({ ip, port }: { readonly ip: string; readonly port: number }): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
