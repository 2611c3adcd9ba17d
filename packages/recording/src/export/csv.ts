/** One line a call for spreadsheets (RFC 4180). */

import type { Entry } from '@kubeshark/model';

type Cell = string | number | boolean | null | undefined;

const columns: readonly (readonly [name: string, value: (entry: Entry) => Cell])[] = [
  ['id', ({ id }) => id],
  ['time', ({ timestamp }) => new Date(timestamp / 1000).toISOString()],
  ['node', ({ node }) => node],
  ['protocol', ({ protocol }) => protocol],
  ['src.ip', ({ src }) => src.ip],
  ['src.port', ({ src }) => src.port],
  ['src.name', ({ src }) => src.name],
  ['src.namespace', ({ src }) => src.namespace],
  ['dst.ip', ({ dst }) => dst.ip],
  ['dst.port', ({ dst }) => dst.port],
  ['dst.name', ({ dst }) => dst.name],
  ['dst.namespace', ({ dst }) => dst.namespace],
  ['method', ({ method }) => method],
  ['endpoint', ({ endpoint }) => endpoint],
  ['summary', ({ summary }) => summary],
  ['status', ({ status }) => status],
  ['error', ({ error }) => error],
  ['errorText', ({ errorText }) => errorText],
  ['latency', ({ latency }) => latency],
  ['requestSize', ({ request }) => request?.size],
  ['responseSize', ({ response }) => response?.size],
  ['traceId', ({ traceId }) => traceId],
];

export const csvHeader = `${columns.map(([name]) => name).join(',')}\r\n`;

export const csvLine = (entry: Entry): string => `${columns.map(([, value]) => cellText(value(entry))).join(',')}\r\n`;

/** Signs that make a spreadsheet run a cell as a formula (OWASP, "CSV Injection"). */
const FORMULA = /^[=+\-@\t\r]/;

function cellText(value: Cell): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  // Text from the wire must stay text; a number may be negative.
  const safe = typeof value === 'string' && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
