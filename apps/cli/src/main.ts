/** The `kubeshark` command. */

import { Command, CommanderError } from 'commander';
import { exitCodes, Failure } from './failure.ts';
import { endQuietlyOnClosedPipe } from './output/stdout.ts';
import { version } from './version.ts';

type Register = (program: Command) => void;

/** Each is loaded when it is asked for: a command starts without what only the others need. */
const commands: Readonly<Record<string, () => Promise<Register>>> = {
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  tap: async () => (await import('./commands/tap.ts')).tapCommand,
  query: async () => (await import('./commands/query.ts')).queryCommand,
  stats: async () => (await import('./commands/stats.ts')).statsCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  record: async () => (await import('./commands/record.ts')).recordCommand,
  replay: async () => (await import('./commands/replay.ts')).replayCommand,
  import: async () => (await import('./commands/import.ts')).importCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  kfl: async () => (await import('./commands/kfl.ts')).kflCommand,
  version: async () => (await import('./commands/version.ts')).versionCommand,
};

const program = new Command('kubeshark')
  .description('Wireshark for Kubernetes: every API call, live, queried with KFL')
  .version(version)
  .option('--debug', 'show where an error came from')
  .exitOverride()
  .showHelpAfterError('(kubeshark --help lists what there is)');

/** The command of this run; all of them where there is none, for their help. */
async function register(): Promise<void> {
  const asked = process.argv.slice(2).find((word) => Object.hasOwn(commands, word));
  for (const [name, load] of Object.entries(commands))
    if (asked === undefined || asked === name) (await load())(program);
}

/** One line, and the place it came from only when asked. */
function report(error: unknown): number {
  // Commander has printed its own.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  const { debug } = program.opts<{ debug?: boolean }>();
  const text = error instanceof Error ? error.message : String(error);
  const shown = debug && error instanceof Error ? error.stack : text;
  if (shown) process.stderr.write(`${shown}\n`);
  return error instanceof Failure ? exitCodes[error.kind] : exitCodes.trouble;
}

endQuietlyOnClosedPipe();
try {
  await register();
  await program.parseAsync();
  process.exit();
} catch (error) {
  process.exit(report(error));
}
