/** `kubeshark doctor`: why do I see nothing? This machine first, then the hub on it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Check, endpoints } from '@kubeshark/contract';
import type { Command } from 'commander';
import { z } from 'zod';
import { bpfHelp, type CaptureOptions, captureEnvironment, packetCaptureOption } from '../capture-options.ts';
import { Failure } from '../failure.ts';
import { findHub } from '../find-hub.ts';
import { call } from '../hub-client.ts';
import { printable, type Style, styled, writeLine } from '../output/stdout.ts';

interface DoctorOptions extends CaptureOptions {
  readonly hub?: string;
  readonly json?: boolean;
}

const marks: Readonly<Record<Check['state'], readonly [mark: string, style: Style]>> = {
  ok: ['ok  ', 'green'],
  warning: ['look', 'yellow'],
  failed: ['FAIL', 'red'],
  unknown: ['  ? ', 'dim'],
};

/** What the agent finds out about this machine, in a process of its own. */
async function examineHost(options: DoctorOptions): Promise<readonly Check[]> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve('@kubeshark/agent/doctor'))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...captureEnvironment(options) },
  });
  const [text, [code]] = await Promise.all([child.stdout.setEncoding('utf8').toArray(), once(child, 'exit')]);
  // A wrong setting: the agent has said which.
  if (code !== 0) throw new Failure('usage', '');
  return z.array(Check).parse(JSON.parse(text.join('')));
}

/** A hub that was not named may be missing: then this machine is all there is to look at. */
async function examineHub(query: string, { hub }: DoctorOptions): Promise<readonly Check[]> {
  const found = await findHub(hub);
  if (!('reason' in found)) return (await call(found.url, endpoints.doctor, { query: { q: query } })).checks;
  const nextStep = 'kubeshark serve starts one here; --hub names another.';
  const evidence = `none on this machine, and ${found.reason}`;
  return [{ id: 'hub', title: 'A hub can be reached', state: 'unknown', evidence, nextStep }];
}

async function doctor(words: readonly string[], options: DoctorOptions): Promise<void> {
  const host = options.hub === undefined ? await examineHost(options) : [];
  const checks = [...host, ...(await examineHub(words.join(' '), options))];
  const states = checks.map(({ state }) => state);
  const state = states.find((each) => each === 'failed') ?? states.find((each) => each === 'warning') ?? 'ok';
  if (options.json) await writeLine(JSON.stringify({ state, checks }));
  for (const check of options.json ? [] : checks) {
    const [mark, style] = marks[check.state];
    await writeLine(`${styled(style, mark)}  ${check.title}: ${printable(check.evidence)}`);
    if (check.nextStep !== undefined) await writeLine(`      ${printable(check.nextStep)}`);
  }
  if (state === 'failed') process.exitCode = 1;
}

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'check what this machine can capture, then the hub and its store, and say what to do; fails when a check does',
    )
    .argument('[query...]', 'the KFL query that shows too little')
    .option('--hub <url>', 'look at this hub only (default: this machine, and the hub on it)')
    .option('-i, --interface <names>', 'interfaces to try, separated by commas (default: any)')
    .addOption(packetCaptureOption())
    .option('--bpf <filter>', bpfHelp)
    .option('--json', 'the report as the API gives it')
    .addHelpText(
      'after',
      `
Examples:
  kubeshark doctor
  kubeshark doctor 'http and src.name == "cart"'
  kubeshark doctor --hub http://hub:8899 --json`,
    )
    .action(doctor);
}
