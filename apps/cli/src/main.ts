/** The `kubeshark` command. */

import { CommanderError } from 'commander';
import { exitCodes, Failure } from './failure.ts';
import { endQuietlyOnClosedPipe } from './output/stdout.ts';
import { createProgram } from './program.ts';

/** One line, and the place it came from only when asked. */
function report(error: unknown): number {
  // Commander has printed its own.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  const text = error instanceof Error ? error.message : String(error);
  const shown = process.argv.includes('--debug') && error instanceof Error ? error.stack : text;
  if (shown) process.stderr.write(`${shown}\n`);
  return error instanceof Failure ? exitCodes[error.kind] : exitCodes.trouble;
}

endQuietlyOnClosedPipe();
try {
  const program = await createProgram(process.argv.slice(2));
  await program.parseAsync();
  process.exit();
} catch (error) {
  process.exit(report(error));
}
