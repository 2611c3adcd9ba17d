/** Writes the command reference in docs/cli.md, between its marks, from the commands themselves. */

import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { createProgram } from '../apps/cli/src/program.ts';

type Command = Awaited<ReturnType<typeof createProgram>>;

const file = new URL('../docs/cli.md', import.meta.url);
const BEGIN =
  '<!-- Written by scripts/docs-cli.ts from the commands; `node scripts/docs-cli.ts` after changing them. -->';
const END = '<!-- The end of what is written. -->';

/** As it stands in a table, the same on every machine. */
const cell = (text: string): string => text.replaceAll(homedir(), '~').replaceAll('|', '\\|').replace(/\s+/g, ' ');

/** What --help says after the options. */
function extraHelp(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  const [, after = ''] = text.split(/-h, --help[^\n]*\n/);
  return after.split('\nCommands:')[0]?.trim() ?? '';
}

function section(command: Command, path: string): string {
  const name = `${path} ${command.name()}`;
  const inner = command.commands.filter((one) => one.name() !== 'help');
  const options = command.options.map(({ flags, description, defaultValueDescription, defaultValue }) => {
    const shown =
      defaultValueDescription ?? (['string', 'number'].includes(typeof defaultValue) ? String(defaultValue) : '');
    return `| \`${cell(flags)}\` | ${cell(description)}${shown === '' ? '' : ` (default: ${cell(shown)})`} |`;
  });
  const usage = `${name} ${command.usage()}`.replace(/ \[command\]$/, '');
  const extra = inner.length > 0 ? '' : extraHelp(command);
  return [
    `### \`${name}\``,
    `${command.description()}.`,
    ...(inner.length > 0 ? [] : [`\`\`\`text\n${usage}\n\`\`\``]),
    ...(options.length === 0 ? [] : [['| option | |', '| --- | --- |', ...options].join('\n')]),
    ...(extra === '' ? [] : [`\`\`\`text\n${extra}\n\`\`\``]),
    ...inner.map((one) => section(one, name)),
  ].join('\n\n');
}

/** The reference as the file must hold it. */
export async function cliReference(): Promise<string> {
  // Whatever this machine is set to.
  delete process.env['KUBESHARK_HUB'];
  process.env['KUBESHARK_CONFIG'] = '/nowhere/config.yaml';
  const program = await createProgram([]);
  return program.commands.map((command) => section(command, 'kubeshark')).join('\n\n');
}

export const referenceIn = (text: string): string => text.split(BEGIN)[1]?.split(END)[0]?.trim() ?? '';

if (import.meta.main) {
  const text = readFileSync(file, 'utf8');
  const before = text.includes(BEGIN) ? text.split(BEGIN)[0] : `${text.trimEnd()}\n\n## Commands\n\n`;
  writeFileSync(file, `${before}${BEGIN}\n\n${await cliReference()}\n\n${END}\n`);
}
