import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, test } from 'vitest';
import { startHub } from '../../testing/hub.ts';
import { LabelSets } from './label-sets.ts';

/** The samples of a scrape: `name{labels}` to value. */
async function scrape(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

const sum = (samples: Map<string, number>, pattern: RegExp) =>
  [...samples].filter(([name]) => pattern.test(name)).reduce((total, [, value]) => total + value, 0);

test("each of the guide's PromQL expressions has what it needs", async () => {
  const hub = await startHub();
  const latencies = [2, 20, 200, 2_000];
  const entries = latencies.map((latency, n) =>
    anHttpEntry(0, {
      id: idAt(START_MICROS + n),
      status: n === 3 ? 503 : 200,
      latency,
      response: { size: 1, latency },
    }),
  );
  const closed = anHttpEntry(0, {
    id: idAt(START_MICROS + 9),
    protocol: 'tls',
    latency: null,
    connection: { id: 'c', transport: 'tcp', index: 0, tls: { decrypted: false } },
  });
  await hub.services.ingest.take([...entries, closed], AbortSignal.timeout(20_000));
  const samples = await scrape(hub.url);

  // rate(kubeshark_requests_total[5m])
  const labels = 'protocol="http",method="GET",status="503",src="web",dst="cart",namespace="shop"';
  expect(samples.get(`kubeshark_requests_total{${labels}}`)).toBe(1);
  expect(sum(samples, /^kubeshark_requests_total\{protocol="http"/)).toBe(4);
  // rate(kubeshark_requests_total{status=~"5.."}[5m])
  expect(sum(samples, /^kubeshark_requests_total\{.*status="5..".*\}/)).toBe(1);
  // histogram_quantile(0.95, kubeshark_request_duration_seconds_bucket): cumulative buckets, +Inf is the count
  const bucket = (le: string) =>
    samples.get(`kubeshark_request_duration_seconds_bucket{le="${le}",protocol="http",dst="cart",namespace="shop"}`);
  expect(['0.001', '0.0025', '0.025', '0.25', '1', '2.5', '+Inf'].map(bucket)).toEqual([0, 1, 2, 3, 3, 4, 4]);
  expect(sum(samples, /^kubeshark_request_duration_seconds_count/)).toBe(4);
  expect(samples.get('kubeshark_tls_connections_total{workload="cart",namespace="shop",decrypted="false"}')).toBe(1);
  // The store's and the engine's own numbers are there as well.
  expect(samples.get('kubeshark_store_entries')).toBe(5);
  expect(samples.get('kubeshark_ingest_entries_total{outcome="stored",reason=""}')).toBe(5);
  expect(samples.get('kubeshark_ingest_sightings_alone_total{outcome="stored"}')).toBe(0);
});

test('names from the wire cannot make series without end', () => {
  const opened: string[] = [];
  const sets = new LabelSets<{ dst: string }, string>({
    most: 3,
    overflow: () => ({ dst: 'other' }),
    open: ({ dst }) => {
      opened.push(dst);
      return dst;
    },
  });
  const counted = ['a', 'b', 'c', 'd', 'a', 'e'].map((dst) => sets.of({ dst }));
  expect(counted).toEqual(['a', 'b', 'c', 'other', 'a', 'other']);
  expect(opened).toEqual(['a', 'b', 'c', 'other']);
});
