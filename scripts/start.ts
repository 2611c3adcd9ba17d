/** `npm start`: builds what is not built, then runs `kubeshark serve` and, when asked, the demo shop beside it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { buildWeb } from './build.ts';
import { captureTools, findProgram, install, installCommand, missing, whyNotInstallable } from './system-packages.ts';

const help = `Usage: npm start -- [options]

Starts Kubeshark on this machine: the hub, a capture agent and the browser application.

  --read FILE        open a capture (pcap, pcapng, also .gz and .zst) instead of capturing; may be repeated
  --demo             also run a small shop on loopback whose traffic fills the screens
  --interface NAME   capture on this interface (default: any)
  --no-capture       serve what is in the store, capture nothing
  --port N           port of the browser application (default: 8899)
  --host ADDRESS     address to listen on (default: 127.0.0.1; a wider one shows this machine's traffic to others)
  --data-dir DIR     where entries are kept (default: ~/.kubeshark/data)
  --install-tools    install tcpdump with apt when it is missing (needs root)
  --help             show this text
`;

const options = {
  read: { type: 'string', multiple: true },
  demo: { type: 'boolean' },
  interface: { type: 'string' },
  'no-capture': { type: 'boolean' },
  port: { type: 'string' },
  host: { type: 'string' },
  'data-dir': { type: 'string' },
  'install-tools': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

function readArguments() {
  try {
    return parseArgs({ args: process.argv.slice(2), options }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
    return process.exit(2);
  }
}

/** Without a compiler for the capture helper, tcpdump captures; say so in one line when even that is missing. */
async function offerTools(asked: boolean): Promise<void> {
  const absent = missing(captureTools);
  const hasCompiler = ['cc', 'gcc', 'clang'].some((compiler) => findProgram(compiler) !== undefined);
  if (absent.length === 0 || (hasCompiler && !asked)) return;
  const hindrance = whyNotInstallable();
  if (hindrance === undefined && (asked || (await confirm(`tcpdump is missing. Install it with apt now? [y/N] `)))) {
    if (install(absent)) return;
  }
  console.error(`tcpdump is not installed, live capture may not work. Fix: ${installCommand(absent)} (as root)`);
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await prompt.question(question);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

const flags = readArguments();
if (flags.help) {
  process.stdout.write(help);
  process.exit(0);
}
for (const file of flags.read ?? []) {
  if (file !== '-' && !existsSync(file)) {
    console.error(`No such file: ${resolve(file)}`);
    process.exit(2);
  }
}
const isLive = flags.read === undefined && !flags['no-capture'];
if (isLive) await offerTools(flags['install-tools'] ?? false);
if (!buildWeb()) {
  console.error('The browser application could not be built (see above).');
  process.exit(1);
}

const serve = [
  'apps/cli/bin/kubeshark.mjs',
  'serve',
  ...(flags.read ?? []).flatMap((file) => ['--read', file]),
  ...(flags['no-capture'] ? ['--no-capture'] : []),
  ...(['interface', 'port', 'host', 'data-dir'] as const).flatMap((name) => {
    const value = flags[name];
    return value === undefined ? [] : [`--${name}`, value];
  }),
];
const children: ChildProcess[] = [spawn(process.execPath, serve, { stdio: 'inherit' })];
if (flags.demo)
  children.push(spawn(process.execPath, ['apps/demo/src/main.ts'], { stdio: ['ignore', 'inherit', 'inherit'] }));

const stopAll = (signal: NodeJS.Signals): void => {
  for (const child of children) child.kill(signal);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopAll(signal));
const [server] = children;
server?.on('exit', (code) => {
  stopAll('SIGTERM');
  process.exitCode = code ?? 0;
});
