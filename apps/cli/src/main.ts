/** The `kubeshark` command. */

import { Command, CommanderError } from 'commander';
import { doctorCommand } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { kflCommand } from './commands/kfl.ts';
import { queryCommand } from './commands/query.ts';
import { recordCommand } from './commands/record.ts';
import { serveCommand } from './commands/serve.ts';
import { statsCommand } from './commands/stats.ts';
import { tapCommand } from './commands/tap.ts';
import { version, versionCommand } from './commands/version.ts';
import { exitCodes, Failure } from './failure.ts';
import { endQuietlyOnClosedPipe } from './output/stdout.ts';

const program = new Command('kubeshark')
  .description('Wireshark for Kubernetes: every API call, live, queried with KFL')
  .version(version)
  .option('--debug', 'show where an error came from')
  .exitOverride()
  .showHelpAfterError('(kubeshark --help lists what there is)');
for (const command of [
  serveCommand,
  tapCommand,
  queryCommand,
  statsCommand,
  recordCommand,
  exportCommand,
  doctorCommand,
  kflCommand,
  versionCommand,
])
  command(program);

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
  await program.parseAsync();
  process.exit();
} catch (error) {
  process.exit(report(error));
}
