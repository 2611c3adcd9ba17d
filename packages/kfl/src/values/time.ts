/** Points in time as people write them, in microseconds since 1970. */

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|z|UTC|[+-]\d{2}:?\d{2})?)?$/;
/** v1's: `10/19/2021, 6:29:02.000 PM`, in UTC. */
const AMERICAN = /^(\d{1,2})\/(\d{1,2})\/(\d{4}),?\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*([AaPp][Mm])?$/;

/** Undefined when the text is not a point in time. A text without a zone is UTC. */
export function parseTime(text: string): number | undefined {
  const iso = ISO.exec(text.trim());
  if (iso !== null) {
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone = 'Z'] = iso;
    const offset = offsetMinutes(zone);
    const base = utc([year, month, day, hour, minute, second].map(Number));
    return base === undefined || offset === undefined
      ? undefined
      : (base - offset * 60_000) * 1000 + microsOf(fraction);
  }
  const american = AMERICAN.exec(text.trim());
  if (american === null) return undefined;
  const [, month, day, year, hour, minute, second = '0', fraction = '', half = ''] = american;
  const base = utc([year, month, day, clock(Number(hour), half), minute, second].map(Number));
  return base === undefined ? undefined : base * 1000 + microsOf(fraction);
}

function clock(hour: number, half: string): number {
  if (half === '') return hour;
  if (hour < 1 || hour > 12) return Number.NaN;
  return (hour % 12) + (half.toLowerCase() === 'pm' ? 12 : 0);
}

const microsOf = (fraction: string) => Number(fraction.padEnd(9, '0').slice(0, 9)) / 1000;

function offsetMinutes(zone: string): number | undefined {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (match === null) return 0;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return minutes > 18 * 60 ? undefined : match[1] === '-' ? -minutes : minutes;
}

/** Milliseconds of a moment whose parts all exist: the 30th of February does not. */
function utc(parts: readonly number[]): number | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const millis = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(millis);
  const exists =
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  return exists ? millis : undefined;
}

/** The same moment some months later or earlier; a day that month does not have becomes its last one. */
export function addMonths(micros: number, months: number): number {
  const date = new Date(micros / 1000);
  if (Number.isNaN(date.getTime())) return micros;
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  const moved = date.getTime() * 1000 + (micros % 1000);
  return Number.isNaN(moved) ? micros : moved;
}
