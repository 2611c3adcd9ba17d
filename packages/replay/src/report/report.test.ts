import { expect, test } from 'vitest';
import type { SentCall } from '../send/sent.ts';
import { planOf, recorded } from '../testing/target.ts';
import type { Difference } from '../verify/compare.ts';
import { htmlReport } from './html.ts';
import { junitReport } from './junit.ts';
import { MAX_LISTED, MAX_SAMPLES, ReportBuilder } from './report.ts';

const hostile = `<script>alert("1")</script>&'\u0007\u001b[2J`;

async function aReport(differences: readonly Difference[], times = 1) {
  const plan = await planOf([recorded({ url: '/', endpoint: hostile })], { target: 'http://staging' });
  const builder = new ReportBuilder({
    recording: hostile,
    target: 'http://staging',
    startedAt: new Date(0),
    plan,
    isVerified: true,
  });
  const sent: SentCall = {
    index: 0,
    loop: 0,
    due: 10,
    sentAt: 12,
    readyAt: 11,
    latency: 5,
    status: 200,
    headers: {},
    body: new Uint8Array(0),
    isBodyCut: false,
    messages: [],
  };
  const ignored = [{ endpoint: hostile, place: '$.at', reason: hostile }];
  for (let n = 0; n < times; n++) builder.add(plan.calls[0]!, sent, { differences, ignored });
  return builder.finish(2, false);
}
const changed: Difference = { part: 'body', place: '$.a', kind: 'changed', expected: hostile, actual: ']]>' };

test('nothing from the wire becomes markup', async () => {
  const report = await aReport([changed]);
  const html = htmlReport(report);
  expect(html).not.toContain('<script>');
  expect(html).toContain('&lt;script&gt;');
  const xml = junitReport(report);
  expect(xml).not.toContain('<script>');
  expect(xml).not.toMatch(/[^\P{Cc}\n]/u);
  expect(xml).toContain('tests="1" failures="1"');
});

test('calls are listed up to a limit and counted beyond it', async () => {
  const report = await aReport([changed], MAX_LISTED + 5);
  expect([report.calls.length, report.unlisted, report.different]).toEqual([MAX_LISTED, 5, MAX_LISTED + 5]);
  expect(report.ignored).toMatchObject([{ calls: MAX_LISTED + 5 }]);
});

test('an endpoint that is only late is slow, not different', async () => {
  expect(await aReport([{ part: 'latency', expected: 1, actual: 900 }])).toMatchObject({
    slow: 1,
    different: 0,
    lateness: { p50: 2 },
    scheduleError: { p50: 1 },
  });
  expect(await aReport([])).toMatchObject({ equal: 1, calls: [] });
});

test('percentiles of more calls than are kept are still those of all', async () => {
  const plan = await planOf([recorded({ url: '/' })], { target: 'http://staging' });
  const startedAt = new Date(0);
  const builder = new ReportBuilder({ recording: 'r', target: 't', startedAt, plan, isVerified: true });
  const sent = { index: 0, loop: 0, due: 0, headers: {}, body: new Uint8Array(0), isBodyCut: false, messages: [] };
  const count = 2 * MAX_SAMPLES + 1;
  for (let n = 0; n < count; n++)
    builder.add(plan.calls[0]!, { ...sent, sentAt: n, readyAt: n }, { differences: [], ignored: [] });
  const { lateness } = builder.finish(1, false);
  expect(lateness?.max).toBe(count - 1);
  expect(lateness?.p50).toBeGreaterThan(count * 0.49);
  expect(lateness?.p50).toBeLessThan(count * 0.51);
});

test('a plan that is sent several times counts as often', async () => {
  const plan = await planOf([recorded({ url: '/' }), recorded({ url: '/2' })], { target: 'http://staging' });
  const head = { recording: 'r', target: 't', startedAt: new Date(0), plan, isVerified: true };
  expect(new ReportBuilder({ ...head, loops: 3 }).finish(1, true).planned).toBe(6);
  expect(new ReportBuilder(head).finish(1, true).planned).toBe(2);
});
