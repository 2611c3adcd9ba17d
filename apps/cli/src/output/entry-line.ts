/** One entry as one line for people. */

import { type EntryRow, protocolOf } from '@kubeshark/model';
import { latencyText } from './latency.ts';
import { printable, styled } from './stdout.ts';

const BADGE_WIDTH = 7;
const END_WIDTH = 24;
const STATUS_WIDTH = 6;
const LATENCY_WIDTH = 10;

function timeOf(micros: number): string {
  const date = new Date(micros / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = `${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  return `${two(date.getHours())}:${two(date.getMinutes())}:${seconds}`;
}

const endOf = ({ ip, port, name, namespace }: EntryRow['src']): string => {
  const host = name ?? (ip.includes(':') ? `[${ip}]` : ip);
  return printable(`${host}${namespace === undefined ? '' : `.${namespace}`}:${port}`);
};

/** Time, protocol, both ends, status, latency, summary; errors in red. */
export function entryLine(row: EntryRow): string {
  const badge = (protocolOf(row.protocol)?.badge ?? row.protocol).padEnd(BADGE_WIDTH);
  const status = printable(String(row.status ?? '—')).padStart(STATUS_WIDTH);
  return [
    styled('dim', timeOf(row.timestamp)),
    styled('cyan', badge),
    `${endOf(row.src).padStart(END_WIDTH)} → ${endOf(row.dst).padEnd(END_WIDTH)}`,
    styled(row.error ? 'red' : 'green', status),
    latencyText(row.latency).padStart(LATENCY_WIDTH),
    printable(row.summary),
  ].join('  ');
}
