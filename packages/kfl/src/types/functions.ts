/** The table of functions: name, arguments, meaning, SQL. `f(a, b)` and `a.f(b)` are the same call. */

import { parseDuration } from '../syntax/units.ts';
import type { Value } from '../values/compare.ts';
import { foldCase, isNumber, isTrue, raiseCase, wholeNumber } from '../values/compare.ts';
import { sizeOf } from '../values/path.ts';
import { parseTime } from '../values/time.ts';
import { parseXml } from '../values/xml.ts';
import type { Type } from './type.ts';

export interface FunctionRow {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** How it is written, for hover and the reference. */
  readonly signature: string;
  readonly doc: string;
  /** A whole query, run by a test. */
  readonly example: string;
  /** Least and most arguments, the receiver included. */
  readonly arity: readonly [number, number];
  readonly result: Type;
  /** What it does to values; absent for those the checker turns into something else. */
  readonly run?: (...args: readonly Value[]) => Value;
  /**
   * The same in SQL for one nullable text argument; absent where SQL cannot say it exactly: the predicate finishes.
   */
  readonly sql?: (argument: string) => string;
}

const onText = (read: (text: string) => Value) => (value: Value) => (typeof value === 'string' ? read(value) : null);

function decodeBase64(text: string): Value {
  const compact = text
    .replace(/[\s=]+/g, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  if (!/^[A-Za-z0-9+/]*$/.test(compact) || compact.length % 4 === 1) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(compact), (c) => c.charCodeAt(0)));
  } catch {
    // What decodes to something else than UTF-8 is bytes, and bytes are no text.
    return null;
  }
}

function parseJson(text: string): Value {
  try {
    return JSON.parse(text);
  } catch {
    // A body that is not JSON has no value to walk into.
    return null;
  }
}

function toInt(value: Value): Value {
  if (typeof value === 'number') return Number.isFinite(value) ? Math.trunc(value) : null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'string' ? (wholeNumber(value) ?? null) : typeof value === 'bigint' ? value : null;
}
function toDouble(value: Value): Value {
  if (isNumber(value)) return Number(value);
  const text = typeof value === 'string' ? value.trim() : '';
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : null;
}
function toText(value: Value): Value {
  if (typeof value === 'string') return value;
  return isNumber(value) || typeof value === 'boolean' ? String(value) : null;
}
function toBool(value: Value): Value {
  if (value === 'true' || value === 'false') return value === 'true';
  return value === null || value === undefined ? null : isTrue(value);
}

const rows: readonly FunctionRow[] = [
  {
    name: 'lower',
    aliases: ['lowerAscii', 'toLower'],
    signature: 'x.lower()',
    doc: 'The text with A–Z in lower case; other letters are kept.',
    example: 'request.path.lower() contains "admin"',
    arity: [1, 1],
    result: 'string',
    run: onText(foldCase),
    sql: (text) => `lower(${text})`,
  },
  {
    name: 'upper',
    aliases: ['upperAscii', 'toUpper'],
    signature: 'x.upper()',
    doc: 'The text with a–z in upper case; other letters are kept.',
    example: 'request.method.upper() == "POST"',
    arity: [1, 1],
    result: 'string',
    run: onText(raiseCase),
    sql: (text) => `upper(${text})`,
  },
  {
    name: 'trim',
    signature: 'x.trim()',
    doc: 'The text without spaces and line ends around it.',
    example: 'request.body.trim() == ""',
    arity: [1, 1],
    result: 'string',
    run: onText((text) => text.trim()),
  },
  {
    name: 'size',
    aliases: ['length'],
    signature: 'x.size()',
    doc: 'Characters of a text, elements of a list, keys of a map, bytes of a body on the wire.',
    example: 'dns.questions.size() > 1',
    arity: [1, 1],
    result: 'int',
    run: sizeOf,
    sql: (text) => `toFloat64(lengthUTF8(${text}))`,
  },
  {
    name: 'split',
    signature: 'x.split(separator)',
    doc: 'The parts of a text between the separators.',
    example: 'request.path.split("/")[1] == "api"',
    arity: [2, 2],
    result: 'list',
    run: (text, separator) =>
      typeof text === 'string' && typeof separator === 'string' ? text.split(separator) : null,
  },
  {
    name: 'base64',
    signature: 'x.base64()',
    doc: 'The text that Base64 text stands for; null when it is not Base64 of UTF-8.',
    example: 'request.headers["Authorization"].split(" ")[1].base64() startsWith "admin:"',
    arity: [1, 1],
    result: 'string',
    run: onText(decodeBase64),
  },
  {
    name: 'json',
    signature: 'x.json()',
    doc: 'The JSON a body or text holds, to walk into; null when it is not JSON.',
    example: 'request.body.json().items[0].sku == "A-7"',
    arity: [1, 1],
    result: 'json',
    run: onText(parseJson),
  },
  {
    name: 'xml',
    signature: 'x.xml()',
    doc: 'The XML a body or text holds: children by name, `@name` for attributes; null when it is not XML.',
    example: 'response.body.xml().order.customer["@id"] == "7"',
    arity: [1, 1],
    result: 'json',
    run: onText(parseXml),
  },
  {
    name: 'int',
    signature: 'int(x)',
    doc: 'A whole number from a number, a text or a yes/no; null when it is none.',
    example: 'int(request.headers["Content-Length"]) > 1000',
    arity: [1, 1],
    result: 'int',
    run: toInt,
  },
  {
    name: 'double',
    aliases: ['float'],
    signature: 'double(x)',
    doc: 'A number from a number or a text; null when it is none.',
    example: 'double(request.headers["X-Score"]) > 0.5',
    arity: [1, 1],
    result: 'float',
    run: toDouble,
  },
  {
    name: 'string',
    signature: 'string(x)',
    doc: 'A number or yes/no as text.',
    example: 'string(response.status) startsWith "5"',
    arity: [1, 1],
    result: 'string',
    run: toText,
  },
  {
    name: 'bool',
    signature: 'bool(x)',
    doc: 'Whether a value counts as true; "true" and "false" are read as such.',
    example: 'bool(request.headers["X-Debug"])',
    arity: [1, 1],
    result: 'bool',
    run: toBool,
  },
  {
    name: 'map_get',
    signature: 'map_get(map, key, default)',
    doc: 'The value under a key, or the default when there is none.',
    example: 'map_get(dst.labels, "app", "") == "checkout"',
    arity: [2, 3],
    result: 'json',
  },
  {
    name: 'now',
    signature: 'now()',
    doc: 'The moment of asking; in a live stream, the moment the entry arrives.',
    example: 'timestamp > now() - 5m',
    arity: [0, 0],
    result: 'time',
  },
  {
    name: 'timestamp',
    aliases: ['datetime'],
    signature: 'timestamp("2026-11-23T10:00:00Z")',
    doc: 'A point in time; v1’s `10/19/2021, 6:29:02.000 PM` is read too. Without a zone it is UTC.',
    example: 'timestamp >= datetime("10/19/2021, 6:29:02.000 PM")',
    arity: [1, 1],
    result: 'time',
    run: (value) => (typeof value === 'number' ? value : typeof value === 'string' ? (parseTime(value) ?? null) : null),
  },
  {
    name: 'duration',
    signature: 'duration("1h30m")',
    doc: 'A duration from its text.',
    example: 'response.latency > duration("1.5s")',
    arity: [1, 1],
    result: 'duration',
    run: onText((text) => parseDuration(text) ?? null),
  },
  ...(
    [
      ['seconds', 'seconds'],
      ['minutes', 'minutes'],
      ['hours', 'hours'],
      ['days', 'days'],
      ['weeks', 'weeks'],
      ['months', 'months of the calendar'],
      ['years', 'years of the calendar'],
    ] as const
  ).map(
    ([name, what]): FunctionRow => ({
      name,
      signature: `${name}(n)`,
      doc: `The moment n ${what} from now; a negative number counts back.`,
      example: `timestamp > ${name}(-1)`,
      arity: [1, 1],
      result: 'time',
    }),
  ),
  {
    name: 'redact',
    signature: 'redact("path", …)',
    doc: 'Shows these fields as [REDACTED] in the results. Always true.',
    example: 'http and redact("request.headers.Authorization", "request.body")',
    arity: [1, 100],
    result: 'bool',
  },
  {
    name: 'limit',
    signature: 'limit(n)',
    doc: 'Ends the results after n. Always true.',
    example: 'http and limit(100)',
    arity: [1, 1],
    result: 'bool',
  },
  {
    name: 'rlimit',
    signature: 'rlimit(n)',
    doc: 'Keeps the newest n of the results. Always true.',
    example: 'http and rlimit(100)',
    arity: [1, 1],
    result: 'bool',
  },
  {
    name: 'leftOff',
    signature: 'leftOff(id)',
    doc: 'Goes on after the entry with this id. Always true.',
    example: 'http and leftOff("7345190742212608")',
    arity: [1, 1],
    result: 'bool',
  },
];

export const functions: readonly FunctionRow[] = rows;

const byName = new Map(rows.flatMap((row) => [row.name, ...(row.aliases ?? [])].map((name) => [name, row] as const)));

/** The row of a function by its name or another spelling of it. */
export const functionOf = (name: string) => byName.get(name);
/** Every name a function can be called by, and the operators that are also written as calls. */
export const functionNames: readonly string[] = [
  ...byName.keys(),
  'has',
  'contains',
  'startsWith',
  'endsWith',
  'matches',
  'exists',
  'all',
  'filter',
  'map',
];

/** Microseconds of v1's time helpers; months and years follow the calendar. */
export const momentUnits: ReadonlyMap<string, number> = new Map([
  ['seconds', 1e6],
  ['minutes', 60e6],
  ['hours', 3_600e6],
  ['days', 86_400e6],
  ['weeks', 604_800e6],
]);
export const monthUnits: ReadonlyMap<string, number> = new Map([
  ['months', 1],
  ['years', 12],
]);
