/** `kubeshark doctor`: why do I see nothing? */

import { type Check, endpoints } from '@kubeshark/contract';
import type { Command } from 'commander';
import { DEFAULT_HUB } from '../default-hub.ts';
import { call } from '../hub-client.ts';
import { printable, type Style, styled, writeLine } from '../output/stdout.ts';

const marks: Readonly<Record<Check['state'], readonly [mark: string, style: Style]>> = {
  ok: ['ok  ', 'green'],
  warning: ['look', 'yellow'],
  failed: ['FAIL', 'red'],
  unknown: ['  ? ', 'dim'],
};

async function doctor(words: readonly string[], { hub, json }: { hub: string; json?: boolean }): Promise<void> {
  const report = await call(hub, endpoints.doctor, { query: { q: words.join(' ') } });
  if (json) await writeLine(JSON.stringify(report));
  for (const { state, title, evidence, nextStep } of json ? [] : report.checks) {
    const [mark, style] = marks[state];
    await writeLine(`${styled(style, mark)}  ${title}: ${printable(evidence)}`);
    if (nextStep !== undefined) await writeLine(`      ${printable(nextStep)}`);
  }
  if (report.state === 'failed') process.exitCode = 1;
}

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check capture, hub and store in order, and say what to do; fails when a check does')
    .argument('[query...]', 'the KFL query that shows too little')
    .option('--hub <url>', 'the hub to ask', DEFAULT_HUB)
    .option('--json', 'the report as the API gives it')
    .action(doctor);
}
