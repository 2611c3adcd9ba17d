/** Suffixes of numbers: durations in microseconds, sizes in bytes. */

const durations: Readonly<Record<string, number>> = {
  ns: 0.001,
  us: 1,
  µs: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3_600e6,
  d: 86_400e6,
  w: 604_800e6,
};
const sizes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const own = (table: Readonly<Record<string, number>>, key: string) =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** Microseconds of one unit of time (case counts: `m` is a minute). */
export const durationUnit = (suffix: string) => own(durations, suffix.replace('μ', 'µ'));
/** Bytes of one unit of size, in any case. */
export const sizeUnit = (suffix: string) => own(sizes, suffix.toLowerCase());

export const unitNames: readonly string[] = [
  ...Object.keys(durations),
  'KB',
  'MB',
  'GB',
  'TB',
  'KiB',
  'MiB',
  'GiB',
  'TiB',
];

/** Reads `5m`, `1h30m`, `-2.5s` (CEL's duration strings); undefined when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:\d{1,15}(?:\.\d{1,9})?[a-zµμ]{1,2}){1,9})$/.exec(text.trim());
  if (match === null) return text.trim() === '0' ? 0 : undefined;
  let total = 0;
  for (const [, count, unit] of (match[2] ?? '').matchAll(/(\d+(?:\.\d+)?)([a-zµμ]+)/g)) {
    const scale = durationUnit(unit ?? '');
    if (scale === undefined) return undefined;
    total += Number(count) * scale;
  }
  return match[1] === '-' ? -total : total;
}

/** Microseconds per unit of a duration field. */
export const microsPer = { us: 1, ms: 1e3, s: 1e6 } as const;
