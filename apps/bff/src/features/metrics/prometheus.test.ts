/** The guide's PromQL, answered by a real Prometheus that scrapes a real hub. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { anHttpEntry, idAt, START_MICROS } from '@kubeshark/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { startHub, type TestHub } from '../../testing/hub.ts';

const hasPrometheus = spawnSync('prometheus', ['--version']).error === undefined;
const LOOK_AGAIN_MILLIS = 100;

/** Prometheus scraping the hub twice a second, on a port it chose. */
async function startPrometheus(hubUrl: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-prometheus-'));
  const config = path.join(directory, 'prometheus.yml');
  await writeFile(
    config,
    `scrape_configs:
  - job_name: kubeshark
    scrape_interval: 500ms
    scrape_timeout: 500ms
    static_configs:
      - targets: ['${new URL(hubUrl).host}']
`,
  );
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${path.join(directory, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  onTestFinished(async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true });
  });
  if (child.stderr === null) throw new Error('no stderr');
  const lines = createInterface(child.stderr);
  for await (const line of lines) {
    const port = /Listening on" address=127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port === undefined) continue;
    // Read on, or it would stop at a full pipe.
    child.stderr.resume();
    return `http://127.0.0.1:${port}`;
  }
  throw new Error('Prometheus ended');
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [at: number, value: string];
}

/** Asks until there is an answer: after a scrape that came too late a series is gone for a moment. */
async function ask(prometheus: string, query: string): Promise<readonly Sample[]> {
  for (;;) {
    const samples = await askOnce(prometheus, query);
    if (samples.length > 0) return samples;
    await setTimeout(LOOK_AGAIN_MILLIS);
  }
}

async function askOnce(prometheus: string, query: string): Promise<readonly Sample[]> {
  const answer = await fetch(`${prometheus}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { status, data } = (await answer.json()) as { status: string; data: { result: readonly Sample[] } };
  expect(status).toBe('success');
  return data.result;
}

const numberIn = (samples: readonly Sample[]) => Number(samples[0]?.value[1]);

/** 45 calls of 20 ms that went well and 5 of 200 ms that failed. */
const calls = (round: number) =>
  Array.from({ length: 50 }, (_, n) => {
    const failed = n % 10 === 0;
    const latency = failed ? 200 : 20;
    const status = failed ? 503 : 200;
    const id = idAt(START_MICROS + round * 1000 + n);
    return anHttpEntry(0, { id, status, error: failed, latency, response: { size: 1, status, latency } });
  });

async function takeIn(hub: TestHub, prometheus: string, round: number): Promise<void> {
  await hub.services.ingest.take(calls(round), AbortSignal.timeout(20_000));
  while (numberIn(await ask(prometheus, 'sum(kubeshark_requests_total)')) !== 50 * round)
    await setTimeout(LOOK_AGAIN_MILLIS);
}

test.skipIf(!hasPrometheus)(
  'request rate, error rate and p95 as the guide asks for them (needs prometheus)',
  async () => {
    const hub = await startHub();
    const prometheus = await startPrometheus(hub.url);
    // A rate needs two samples of a series.
    await takeIn(hub, prometheus, 1);
    await takeIn(hub, prometheus, 2);

    const rates = await ask(prometheus, 'rate(kubeshark_requests_total[5m])');
    expect(new Set(rates.map(({ metric }) => metric['status']))).toEqual(new Set(['200', '503']));
    expect(rates.find(({ metric }) => metric['status'] === '200')?.metric).toMatchObject({
      protocol: 'http',
      method: 'GET',
      src: 'web',
      dst: 'cart',
      namespace: 'shop',
    });
    const errors = await ask(prometheus, 'rate(kubeshark_requests_total{status=~"5.."}[5m])');
    expect(errors).toHaveLength(1);
    // Both were scraped at the same moments, so their ratio is exact whatever the clock did.
    const share = 'sum(rate(kubeshark_requests_total{status=~"5.."}[5m])) / sum(rate(kubeshark_requests_total[5m]))';
    expect(numberIn(await ask(prometheus, share))).toBeCloseTo(0.1, 6);
    // 90 calls up to 0.1 s and 10 in the bucket to 0.25 s: the 95th lies in its middle.
    const p95 = await ask(prometheus, 'histogram_quantile(0.95, kubeshark_request_duration_seconds_bucket)');
    expect(numberIn(p95)).toBeCloseTo(0.175, 6);
  },
  60_000,
);

test.skipIf(!hasPrometheus)('Prometheus finds nothing to complain of (needs prometheus)', async () => {
  const hub = await startHub();
  await hub.services.ingest.take(calls(1), AbortSignal.timeout(20_000));
  // Names of Node's own metrics are not ours to choose.
  const lines = (await (await fetch(`${hub.url}/metrics`)).text()).split('\n');
  const text = lines.filter((line) => /^(# \w+ )?kubeshark_/.test(line)).join('\n');
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: `${text}\n`,
    encoding: 'utf8',
  });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
});
