/** The part of time a page looks at: live, all there is, the last so-and-so much, or between two instants. */

import type { Micros } from '@kubeshark/model';

export type TimeRange =
  | { readonly kind: 'live' }
  /** Everything the store holds: an opened capture file may be years old. */
  | { readonly kind: 'all' }
  | { readonly kind: 'last'; readonly seconds: number }
  | { readonly kind: 'between'; readonly from: Micros; readonly to: Micros };

/** Does the list go on with what arrives now? */
export const isFollowing = ({ kind }: TimeRange): boolean => kind === 'live' || kind === 'all';

export const LIVE: TimeRange = { kind: 'live' };

/** Offered in the menu, shortest first. */
export const presets: readonly { readonly label: string; readonly text: string }[] = [
  { label: 'Last 5 minutes', text: '5m' },
  { label: 'Last 15 minutes', text: '15m' },
  { label: 'Last hour', text: '1h' },
  { label: 'Last 6 hours', text: '6h' },
  { label: 'Last 24 hours', text: '24h' },
  { label: 'Everything stored', text: 'all' },
];

const LAST = /^(\d{1,5})([smhd])$/; // 15m
const BETWEEN = /^(\d{1,16})-(\d{1,16})$/; // two instants in microseconds
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Reads what {@link formatRange} writes; anything else a person may type is live. */
export function parseRange(text: string | undefined): TimeRange {
  if (text === 'all') return { kind: 'all' };
  const last = LAST.exec(text ?? '');
  if (last !== null) {
    const seconds = Number(last[1]) * unitSeconds[last[2]!]!;
    return seconds > 0 ? { kind: 'last', seconds } : LIVE;
  }
  const between = BETWEEN.exec(text ?? '');
  if (between !== null) {
    const [from, to] = [Number(between[1]), Number(between[2])];
    if (from < to) return { kind: 'between', from, to };
  }
  return LIVE;
}

/** The text of a range in the address; undefined for live, which needs none. */
export function formatRange(range: TimeRange): string | undefined {
  switch (range.kind) {
    case 'live':
      return undefined;
    case 'all':
      return 'all';
    case 'last': {
      for (const unit of ['d', 'h', 'm'] as const) {
        const size = unitSeconds[unit]!;
        // 24h reads better than 1d, which is how the menu calls it.
        if (range.seconds % size === 0 && !(unit === 'd' && range.seconds === size))
          return `${range.seconds / size}${unit}`;
      }
      return `${range.seconds}s`;
    }
    case 'between':
      return `${Math.round(range.from)}-${Math.round(range.to)}`;
  }
}

/** How far back charts look while the range is live. */
export const LIVE_WINDOW_SECONDS = 300;

/** The two instants of a range as seen at `now`; of an unbounded one, its last minutes. */
export function windowOf(range: TimeRange, now: Micros): { readonly from: Micros; readonly to: Micros } {
  if (range.kind === 'between') return { from: range.from, to: range.to };
  const seconds = range.kind === 'last' ? range.seconds : LIVE_WINDOW_SECONDS;
  return { from: now - seconds * 1e6, to: now };
}

/** The bounds of a range as the API takes them; live and all have none. */
export function boundsOf(
  range: TimeRange,
  now: Micros = Date.now() * 1000,
): { readonly since?: string; readonly until?: string } {
  if (range.kind === 'live' || range.kind === 'all') return {};
  const { from, to } = windowOf(range, now);
  return { since: String(Math.round(from)), until: String(Math.round(to)) };
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});

/** A range in words for the button: `Live`, `Last hour`, `10:00:00 – 10:05:00`. */
export function describeRange(range: TimeRange): string {
  if (range.kind === 'live') return 'Live';
  const text = formatRange(range);
  if (range.kind === 'last' || range.kind === 'all')
    return presets.find((preset) => preset.text === text)?.label ?? `Last ${text}`;
  const form = range.to - range.from > 86_400e6 ? dayAndClock : clock;
  return `${form.format(range.from / 1000)} – ${form.format(range.to / 1000)}`;
}
