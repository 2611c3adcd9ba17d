/** Dissection against tshark on the same file, in CPU seconds: both one after the other, several rounds, medians. */

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';

const ROUNDS = 3;

export interface Race {
  /** What the file holds: `http keep-alive`. */
  readonly name: string;
  readonly file: string;
  /** tshark's statistics of the same calls, and its fields of each. */
  readonly statistics: { readonly peer: string; readonly command: string; readonly aim: number };
  readonly entries: { readonly peer: string; readonly command: string; readonly aim: number };
}

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

/** Runs both programs in turns and prints how many times less CPU ours takes. */
export function raceTshark({ name, file, statistics, entries }: Race): void {
  const rounds = Array.from({ length: ROUNDS }, () => ({
    statistics: ours('statistics', file),
    json: ours('json', file),
    tree: cpuOf(statistics.command),
    fields: cpuOf(entries.command),
  }));
  const cpu = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
  const { packets = 0, calls = 0 } = rounds[0]?.statistics ?? {};
  const megabytes = statSync(file).size / 1e6;
  console.log(`${name}: ${packets} packets, ${calls} calls, ${Math.round(megabytes)} MB, medians of ${ROUNDS}`);
  const row = (title: string, seconds: number, peer: { readonly seconds: number; readonly aim: number }) =>
    console.log(
      `  ${title.padEnd(28)} ${seconds.toFixed(2)} CPU s, ${(packets / seconds / 1e6).toFixed(2)} Mpacket/s: ` +
        `${(peer.seconds / seconds).toFixed(1)}x (${peer.seconds.toFixed(1)} s; aim ${peer.aim}x)`,
    );
  row(
    `statistics / ${statistics.peer}`,
    cpu((round) => round.statistics.cpuSeconds),
    { seconds: cpu((round) => round.tree), aim: statistics.aim },
  );
  row(
    `every entry / ${entries.peer}`,
    cpu((round) => round.json.cpuSeconds),
    { seconds: cpu((round) => round.fields), aim: entries.aim },
  );
  const share = (of: (round: (typeof rounds)[number]) => Pass) =>
    `gc ${(100 * cpu((round) => of(round).gcShare)).toFixed(1)} %, ${Math.round(cpu((round) => of(round).rssMegabytes))} MB`;
  console.log(`  statistics: ${share((round) => round.statistics)}; every entry: ${share((round) => round.json)}`);
}
