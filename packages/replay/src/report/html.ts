/** A report as one page that needs nothing else, to be sent around. Everything from the wire is text in it. */

import { ruleText } from '../verify/noise.ts';
import type { Percentiles, ReplayReport } from './report.ts';
import { differenceText, millisText } from './text.ts';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);

const style = `
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.ok { color: #2b8a3e; } .bad { color: #c92a2a; } .dim { opacity: .7; }
@media (prefers-color-scheme: dark) { .ok { color: #69db7c; } .bad { color: #ff8787; } }`;

type Cell = string | number | { readonly html: string };

function table(heads: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (value: Cell): string => {
    if (typeof value === 'number') return `<td class="n">${value.toLocaleString('en')}</td>`;
    return `<td>${typeof value === 'string' ? escaped(value) : value.html}</td>`;
  };
  const body = rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n');
  return `<table><thead><tr>${heads.map((head) => `<th>${escaped(head)}</th>`).join('')}</tr></thead><tbody>\n${body}</tbody></table>`;
}

const times = (values: Percentiles | null): string =>
  values === null
    ? ''
    : `p50 ${millisText(values.p50)}, p95 ${millisText(values.p95)}, p99 ${millisText(values.p99)}, longest ${millisText(values.max)}`;

export function htmlReport(report: ReplayReport): string {
  const { recording, target, startedAt, seconds, sent, planned, equal, different, slow, failed, unlisted } = report;
  const wrong = different + slow + failed;
  const verdict = !report.isVerified
    ? 'Answers were not compared'
    : wrong === 0
      ? 'Every answer is the recorded one'
      : `${wrong} of ${sent} answers are not the recorded ones`;
  const facts: [string, string][] = [
    ['Recording', recording],
    ['Target', target],
    ['Begun', startedAt],
    [
      'Sent',
      `${sent} of ${planned} calls in ${seconds.toFixed(1)} s, ${report.callsPerSecond.toFixed(1)} a second${report.isStopped ? ', then stopped' : ''}`,
    ],
    ['Answers', `${equal} equal, ${different} different, ${slow} slow, ${failed} without an answer`],
    ['Latency', times(report.latency)],
    ['Sent late by', times(report.lateness)],
    ['Of that, by the sender itself', times(report.scheduleError)],
    [
      'Statuses',
      Object.entries(report.statuses)
        .map(([status, count]) => `${status} × ${count}`)
        .join(', '),
    ],
    [
      'Not sent',
      Object.entries(report.skipped)
        .map(([reason, count]) => `${count} ${reason}`)
        .join(', '),
    ],
    [
      'Redacted headers left out',
      Object.entries(report.redacted)
        .map(([name, count]) => `${name} × ${count}`)
        .join(', '),
    ],
  ];
  const rows = report.calls.map(({ summary, differences, recordedStatus, status }): Cell[] => [
    { html: `<code>${escaped(summary)}</code>` },
    `${recordedStatus ?? '–'} → ${status ?? '–'}`,
    { html: differences.map((difference) => `<code>${escaped(differenceText(difference))}</code>`).join('<br>') },
  ]);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Replay of ${escaped(recording)}</title><style>${style}</style></head><body>
<h1>Replay of ${escaped(recording)}</h1>
<p class="${wrong === 0 ? 'ok' : 'bad'}"><strong>${escaped(verdict)}</strong></p>
<table><tbody>${facts
    .filter(([, text]) => text !== '')
    .map(([name, text]) => `<tr><th>${name}</th><td>${escaped(text)}</td></tr>`)
    .join('\n')}</tbody></table>
<h2>Answers that are not the recorded ones</h2>
${rows.length === 0 ? '<p>None.</p>' : table(['Call', 'Status', 'What differs'], rows)}
${unlisted === 0 ? '' : `<p class="dim">and ${unlisted} more.</p>`}
<h2>By endpoint</h2>
${table(
  ['Endpoint', 'Calls', 'Equal', 'Different', 'Slow', 'No answer', 'Latency'],
  report.endpoints.map((row) => [
    row.endpoint,
    row.calls,
    row.equal,
    row.different,
    row.slow,
    row.failed,
    times(row.latency),
  ]),
)}
<h2>Passed over</h2>
<p class="dim">Lines for an ignore list; take away what should count.</p>
${
  report.ignored.length === 0
    ? '<p>Nothing.</p>'
    : table(
        ['Rule', 'Calls'],
        report.ignored.map((rule): Cell[] => [{ html: `<code>${escaped(ruleText(rule))}</code>` }, rule.calls]),
      )
}
</body></html>
`;
}
