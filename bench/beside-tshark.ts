/** `kubeshark stats` and `tap` against tshark on the same file, in CPU seconds of whole processes: in turns, medians. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROUNDS = Number(process.env['KUBESHARK_BENCH_ROUNDS'] ?? 3);
/** Packets that tshark prints whole: it is steady long before, and prints a kilobyte or more of each. */
const WHOLE_PACKETS = 100_000;

export interface Race {
  /** What the file holds: `http keep-alive`. */
  readonly name: string;
  readonly file: string;
  /** tshark's statistics of the same calls, and its fields of each. */
  readonly statistics: { readonly peer: string; readonly command: string; readonly aim: number };
  readonly entries: { readonly peer: string; readonly command: string; readonly aim: number };
  /** The same calls as JSON with all their fields: tshark's name of the protocol, and what it needs to find it. */
  readonly whole: { readonly layers: string; readonly filter?: string; readonly decode?: string };
}

interface Usage {
  readonly cpuSeconds: number;
  readonly gcShare: number;
  readonly rssMegabytes: number;
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

interface Command {
  readonly file: string;
  /** What measures it, as plain JavaScript: reading TypeScript would be counted. */
  readonly hook: string;
}

/** The command as it is installed (`pnpm package:cli`). */
function packaged(folder: string): Command {
  const file = path.join(folder, 'kubeshark.mjs');
  const script = path.resolve(import.meta.dirname, '../scripts/package-cli.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const hook = path.join(folder, 'usage.mjs');
  writeFileSync(hook, stripTypeScriptTypes(readFileSync(path.join(import.meta.dirname, 'usage.ts'), 'utf8')));
  return { file, hook };
}

/** The command as people run it, start included, and what it took. */
function ours({ file, hook }: Command, words: readonly string[]): Usage & { readonly out: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubeshark-bench-'));
  const usage = path.join(folder, 'usage.json');
  const out = path.join(folder, 'out');
  try {
    const { status, stderr } = spawnSync(process.execPath, ['--import', hook, file, ...words], {
      encoding: 'utf8',
      // Entries are many: like those of tshark they go nowhere.
      stdio: ['ignore', openSync(words.includes('tap') ? '/dev/null' : out, 'w'), 'pipe'],
      env: { ...process.env, KUBESHARK_USAGE: usage },
    });
    if (status !== 0) throw new Error(stderr);
    return {
      ...(JSON.parse(readFileSync(usage, 'utf8')) as Usage),
      out: existsSync(out) ? readFileSync(out, 'utf8') : '',
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
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
export function raceTshark(race: Race): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'kubeshark-bench-command-'));
  try {
    run(packaged(folder), race);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: Command, { name, file, statistics, entries, whole }: Race): void {
  // Read once before anything is measured.
  const { out } = ours(command, ['stats', '-r', file, '--json']);
  const { packets, calls } = JSON.parse(out) as { packets: number; calls: number };
  const { layers, filter = `-Y ${layers}`, decode = '' } = whole;
  const printed = Math.min(packets, WHOLE_PACKETS);
  const wholeCommand = `tshark -n -r ${file} -c ${printed} ${decode} ${filter} -T ek -J '${layers}'`;
  const rounds = Array.from({ length: ROUNDS }, () => ({
    statistics: ours(command, ['stats', '-r', file]),
    json: ours(command, ['tap', '-r', file, '--json']),
    tree: cpuOf(statistics.command),
    fields: cpuOf(entries.command),
    whole: cpuOf(wholeCommand),
  }));
  const cpu = (of: (round: (typeof rounds)[number]) => number) => median(rounds.map(of));
  const megabytes = statSync(file).size / 1e6;
  console.log(`${name}: ${packets} packets, ${calls} calls, ${Math.round(megabytes)} MB, medians of ${ROUNDS}`);
  const row = (title: string, seconds: number, peer: { readonly seconds: number; readonly aim: number }) =>
    console.log(
      `  ${title.padEnd(28)} ${seconds.toFixed(2)} CPU s, ${(packets / seconds / 1e6).toFixed(2)} Mpacket/s: ` +
        `${(peer.seconds / seconds).toFixed(1)}x (${peer.seconds.toFixed(1)} s; aim ${peer.aim}x)`,
    );
  row(
    `stats -r / ${statistics.peer}`,
    cpu((round) => round.statistics.cpuSeconds),
    { seconds: cpu((round) => round.tree), aim: statistics.aim },
  );
  row(
    `tap -r --json / ${entries.peer}`,
    cpu((round) => round.json.cpuSeconds),
    { seconds: cpu((round) => round.fields), aim: entries.aim },
  );
  // Calls are spread evenly over these files: tshark's rate at the beginning is its rate.
  const rate = calls / cpu((round) => round.json.cpuSeconds);
  const peerRate = (calls * printed) / packets / cpu((round) => round.whole);
  console.log(
    `  ${`tap -r --json / -T ek -J ${layers}`.padEnd(28)} ${Math.round(rate)} / ${Math.round(peerRate)} calls a CPU s: ` +
      `${(rate / peerRate).toFixed(1)}x (tshark: ${printed} packets; aim ${entries.aim}x)`,
  );
  const share = (of: (round: (typeof rounds)[number]) => Usage) =>
    `gc ${(100 * cpu((round) => of(round).gcShare)).toFixed(1)} %, ${Math.round(cpu((round) => of(round).rssMegabytes))} MB`;
  console.log(`  stats: ${share((round) => round.statistics)}; tap: ${share((round) => round.json)}`);
}
