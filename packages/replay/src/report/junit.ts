/** A report as JUnit XML, which CI servers show: a suite an endpoint, a test case for all its calls and one for each that differs. */

import type { ReplayReport } from './report.ts';
import { differenceText } from './text.ts';

/** XML 1.0 §2.2 allows no other control characters, not even escaped. */
const forbidden = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
};

const escaped = (text: string): string =>
  text.replace(forbidden, '\ufffd').replace(/[&<>"\n]/g, (sign) => entities[sign] ?? sign);

export function junitReport(report: ReplayReport): string {
  const suites = report.endpoints.map(({ endpoint, calls, equal }) => {
    const wrong = report.calls.filter((call) => call.endpoint === endpoint);
    const failures = wrong.map(({ summary, differences, id, latency }) => {
      const text = differences.map(differenceText).join('\n');
      return `    <testcase name="${escaped(`${summary} (${id})`)}" classname="${escaped(endpoint)}" time="${((latency ?? 0) / 1000).toFixed(3)}"><failure message="${escaped(text.split('\n')[0] ?? '')}">${escaped(text)}</failure></testcase>`;
    });
    const passed =
      equal > 0 ? [`    <testcase name="${equal} calls answered as recorded" classname="${escaped(endpoint)}"/>`] : [];
    const tests = failures.length + passed.length;
    return [
      `  <testsuite name="${escaped(endpoint)}" tests="${tests}" failures="${failures.length}" errors="0" skipped="0">`,
      `    <properties><property name="calls" value="${calls}"/></properties>`,
      ...passed,
      ...failures,
      '  </testsuite>',
    ].join('\n');
  });
  const name = escaped(`${report.recording} against ${report.target}`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${name}" time="${report.seconds.toFixed(3)}">\n${suites.join('\n')}\n</testsuites>\n`;
}
