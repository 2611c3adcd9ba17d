/** Writes the command reference in docs/cli.md, between its marks, from the commands themselves. */

import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { exitCodeTable } from '../apps/cli/src/failure.ts';
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

const CODES_BEGIN = '<!-- Written by scripts/docs-cli.ts from apps/cli/src/failure.ts. -->';
const CODES_END = '<!-- The end of the exit codes. -->';

/** The table of exit codes as the page must hold it. */
export function exitCodesTable(): string {
  const rows = [
    ['0', 'done'],
    ...Object.values(exitCodeTable).map(({ code, meaning }) => [String(code), meaning]),
    ['130, 143', 'ended by Ctrl-C or a signal before it could end by itself'],
  ];
  return ['| exit code | meaning |', '| --- | --- |', ...rows.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
}

export const codesIn = (text: string): string => text.split(CODES_BEGIN)[1]?.split(CODES_END)[0]?.trim() ?? '';

export const referenceIn = (text: string): string => text.split(BEGIN)[1]?.split(END)[0]?.trim() ?? '';

if (import.meta.main) {
  const text = readFileSync(file, 'utf8');
  const before = text.includes(BEGIN) ? text.split(BEGIN)[0] : `${text.trimEnd()}\n\n## Commands\n\n`;
  const [head, rest = ''] = before?.split(CODES_BEGIN) ?? [];
  const after = rest.split(CODES_END)[1] ?? '';
  const withCodes = `${head}${CODES_BEGIN}\n\n${exitCodesTable()}\n\n${CODES_END}${after}`;
  writeFileSync(file, `${withCodes}${BEGIN}\n\n${await cliReference()}\n\n${END}\n`);
}
