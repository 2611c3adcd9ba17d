/** A replay's report on a terminal. */

import { differenceText, millisText, type Percentiles, type ReplayReport } from '@kubeshark/replay';
import { printable, styled, writeLine } from './stdout.ts';
import { tableLines } from './table.ts';

/** Calls and differences of one shown; reports in files have them all. */
const MAX_CALLS = 20;
const MAX_DIFFERENCES = 5;

const times = (values: Percentiles | null): string =>
  values === null
    ? 'none'
    : `p50 ${millisText(values.p50)}, p95 ${millisText(values.p95)}, p99 ${millisText(values.p99)}, longest ${millisText(values.max)}`;

export async function printReport(report: ReplayReport): Promise<void> {
  const { sent, planned, seconds, callsPerSecond, equal, different, slow, failed } = report;
  await writeLine(
    `Sent ${sent} calls in ${seconds.toFixed(1)} s, ${callsPerSecond.toFixed(1)} a second${report.isStopped ? `; stopped, ${planned} were planned` : ''}`,
  );
  await writeLine(`Sent late by: ${times(report.lateness)}`);
  await writeLine(`Of that, by this program itself: ${times(report.scheduleError)}`);
  await writeLine(`Latency: ${times(report.latency)}`);
  for (const [reason, count] of Object.entries(report.skipped)) await writeLine(`Not sent: ${count} ${reason}`);
  for (const [name, count] of Object.entries(report.redacted))
    await writeLine(`Sent without ${printable(name)}: redacted in ${count} calls`);
  for (const { summary, differences } of report.calls.slice(0, MAX_CALLS)) {
    await writeLine(`\n${styled('red', printable(summary))}`);
    for (const difference of differences.slice(0, MAX_DIFFERENCES))
      await writeLine(`  ${printable(differenceText(difference))}`);
    if (differences.length > MAX_DIFFERENCES) await writeLine(`  … and ${differences.length - MAX_DIFFERENCES} more`);
  }
  const unshown = report.calls.length + report.unlisted - Math.min(report.calls.length, MAX_CALLS);
  if (unshown > 0) await writeLine(`\n… and ${unshown} more calls`);
  await printEndpoints(report);
  for (const { endpoint, place, reason, calls } of report.ignored)
    await writeLine(styled('dim', `Passed over: ${printable(`${endpoint} ${place}`)} (${reason}), ${calls} calls`));
  const verdict = report.isVerified
    ? `${equal} as recorded, ${different} different, ${slow} slow, ${failed} without an answer`
    : `${equal} answered, ${failed} without an answer; not compared`;
  await writeLine(styled(different + slow + failed === 0 ? 'green' : 'red', verdict));
}

async function printEndpoints({ endpoints, isVerified }: ReplayReport): Promise<void> {
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const columns = [
    { title: 'endpoint' },
    right('calls'),
    right('equal'),
    right('different'),
    right('slow'),
    right('failed'),
    right('p50'),
    right('p99'),
  ];
  const rows = endpoints.map(({ endpoint, calls, equal, different, slow, failed, latency }) => [
    endpoint,
    String(calls),
    isVerified ? String(equal) : '',
    isVerified ? String(different) : '',
    isVerified ? String(slow) : '',
    String(failed),
    millisText(latency?.p50 ?? null),
    millisText(latency?.p99 ?? null),
  ]);
  await writeLine('');
  for (const line of tableLines(columns, rows)) await writeLine(line);
}
