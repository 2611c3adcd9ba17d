/** All commands in one table: the command line, its completion and its reference page read it. */

import { Command } from 'commander';
import { version } from './version.ts';

type Register = (program: Command) => void;

/** Each is loaded when it is asked for: a command starts without what only the others need. */
const commands: Readonly<Record<string, () => Promise<Register>>> = {
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  tap: async () => (await import('./commands/tap.ts')).tapCommand,
  query: async () => (await import('./commands/query.ts')).queryCommand,
  stats: async () => (await import('./commands/stats.ts')).statsCommand,
  record: async () => (await import('./commands/record.ts')).recordCommand,
  replay: async () => (await import('./commands/replay.ts')).replayCommand,
  import: async () => (await import('./commands/import.ts')).importCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  proxy: async () => (await import('./commands/proxy.ts')).proxyCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  kfl: async () => (await import('./commands/kfl.ts')).kflCommand,
  config: async () => (await import('./commands/config.ts')).configCommand,
  completion: async () => (await import('./commands/completion.ts')).completionCommand,
  version: async () => (await import('./commands/version.ts')).versionCommand,
};

/** The program with the command that is asked for; with all of them where there is none, or completion must know them. */
export async function createProgram(words: readonly string[]): Promise<Command> {
  const program = new Command('kubeshark')
    .description('Wireshark for Kubernetes: every API call, live, queried with KFL')
    .version(version)
    .option('--debug', 'show where an error came from')
    .exitOverride()
    .showHelpAfterError('(kubeshark --help lists what there is)');
  const asked = words.find((word) => Object.hasOwn(commands, word));
  const isWhole = asked === undefined || asked === 'completion';
  for (const [name, load] of Object.entries(commands)) if (isWhole || asked === name) (await load())(program);
  return program;
}
