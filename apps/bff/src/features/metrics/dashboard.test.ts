import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { expect, test } from 'vitest';
import { startHub } from '../../testing/hub.ts';
import { createMetrics } from './metrics.ts';

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(
  readFileSync(new URL('../../../../../deploy/grafana/kubeshark.json', import.meta.url), 'utf8'),
) as { readonly panels: readonly Panel[] };

/** The guide's own. */
const guide = [
  'rate(kubeshark_requests_total[5m])',
  'rate(kubeshark_requests_total{status=~"5.."}[5m])',
  'histogram_quantile(0.95, kubeshark_request_duration_seconds_bucket)',
];
const expressions = [
  ...guide.map((expr) => ['guide', expr] as const),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
];

/** Grafana puts a duration in before Prometheus reads it. */
const asSent = (expr: string) => expr.replaceAll(/\$__(rate_interval|range)/g, '5m');

/** Metrics and labels an expression names, or where its syntax breaks. */
function readPromql(text: string) {
  const read = { metrics: [] as string[], labels: [] as string[], faults: [] as string[] };
  parser.parse(text).iterate({
    enter: ({ name, from, to, node }) => {
      if (node.type.isError) read.faults.push(text.slice(0, from));
      if (name === 'Identifier') read.metrics.push(text.slice(from, to));
      if (name === 'LabelName') read.labels.push(text.slice(from, to));
    },
  });
  return read;
}

/** Labels by metric name, as a scrape names them: a histogram is three series, one with `le`. */
async function knownMetrics(): Promise<Map<string, ReadonlySet<string>>> {
  const { services } = await startHub();
  const known = new Map<string, ReadonlySet<string>>();
  for (const metric of createMetrics(services).getMetricsAsArray()) {
    const { name, labelNames } = metric as unknown as { name: string; labelNames: string[] };
    known.set(name, new Set(labelNames));
    if (String(metric.type) !== 'histogram') continue;
    known.set(`${name}_bucket`, new Set([...labelNames, 'le']));
    for (const part of ['sum', 'count']) known.set(`${name}_${part}`, new Set(labelNames));
  }
  return known;
}

test('every PromQL expression is valid, and its metrics have its labels', async () => {
  const known = await knownMetrics();
  for (const [title, expr] of expressions) {
    const { metrics, labels, faults } = readPromql(asSent(expr));
    expect(faults, `${title}: ${expr}`).toEqual([]);
    expect(metrics, title).not.toEqual([]);
    for (const metric of metrics) {
      const has = known.get(metric);
      expect(has, `${title}: ${metric}`).toBeDefined();
      for (const label of labels) expect(has?.has(label), `${title}: ${metric}{${label}}`).toBe(true);
    }
  }
});

test('the check itself sees a wrong metric, a wrong label and wrong syntax', async () => {
  const known = await knownMetrics();
  expect(known.has(readPromql('rate(kubeshark_request_total[5m])').metrics[0]!)).toBe(false);
  expect(known.get('kubeshark_requests_total')?.has(readPromql('sum by (path) (x)').labels[0]!)).toBe(false);
  expect(readPromql('sum(rate(x[5m])').faults).not.toEqual([]);
});

test('the dashboard answers what the guide asks for', () => {
  const titles = dashboard.panels.map(({ title }) => title);
  expect(titles).toEqual(expect.arrayContaining(['Request rate', 'Error rate', 'Latency', 'Top endpoints by traffic']));
});
