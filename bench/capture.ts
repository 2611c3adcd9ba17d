/** Dissection against tshark on the same file, in CPU seconds: both one after the other, several rounds, medians. */

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { httpKeepAlive } from './recordings.ts';

const ROUNDS = 3;

interface Pass {
  readonly cpuSeconds: number;
  readonly gcShare: number;
  readonly rssMegabytes: number;
  readonly packets: number;
  readonly calls: number;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function ours(mode: 'statistics' | 'json', file: string): Pass {
  const script = path.join(import.meta.dirname, 'capture-pass.ts');
  const args = ['--max-semi-space-size=64', script, mode, file];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Pass;
}

/** CPU seconds of a command, as the shell counts them. */
function cpuOf(command: string): number {
  const script = `TIMEFORMAT='%U %S'; time ${command} >/dev/null 2>/dev/null`;
  const { stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
  return stderr
    .trim()
    .split(/\s+/)
    .reduce((sum, value) => sum + Number(value), 0);
}

const FIELDS = ['frame.time_epoch', 'ip.src', 'tcp.srcport', 'ip.dst', 'tcp.dstport', 'http.request.method']
  .concat(['http.request.uri', 'http.host', 'http.response.code', 'http.content_type', 'http.time', 'http.file_data'])
  .map((field) => `-e ${field}`)
  .join(' ');

export async function capture(): Promise<void> {
  const file = await httpKeepAlive();
  const rounds = Array.from({ length: ROUNDS }, () => ({
    statistics: ours('statistics', file),
    json: ours('json', file),
    tree: cpuOf(`tshark -n -q -r ${file} -z http,tree`),
    fields: cpuOf(`tshark -n -r ${file} -Y http -T fields ${FIELDS}`),
  }));
  const cpu = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
  const statistics = cpu((round) => round.statistics.cpuSeconds);
  const json = cpu((round) => round.json.cpuSeconds);
  const { packets = 0, calls = 0 } = rounds[0]?.statistics ?? {};
  const megabytes = statSync(file).size / 1e6;
  console.log(`http keep-alive: ${packets} packets, ${calls} calls, ${Math.round(megabytes)} MB, medians of ${ROUNDS}`);
  const row = (name: string, seconds: number, peer: number, aim: number) =>
    console.log(
      `  ${name.padEnd(28)} ${seconds.toFixed(2)} CPU s, ${(packets / seconds / 1e6).toFixed(2)} Mpacket/s: ` +
        `${(peer / seconds).toFixed(1)}x (${peer.toFixed(1)} s; aim ${aim}x)`,
    );
  row(
    'statistics / http,tree',
    statistics,
    cpu((round) => round.tree),
    20,
  );
  row(
    'every entry / -T fields',
    json,
    cpu((round) => round.fields),
    10,
  );
  const share = (of: (round: (typeof rounds)[number]) => Pass) =>
    `gc ${(100 * cpu((round) => of(round).gcShare)).toFixed(1)} %, ${Math.round(cpu((round) => of(round).rssMegabytes))} MB`;
  console.log(`  statistics: ${share((round) => round.statistics)}; every entry: ${share((round) => round.json)}`);
}
