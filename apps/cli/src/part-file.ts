/** The programs beside the command: hub and agent, which it starts as processes. */

import { fileURLToPath } from 'node:url';
import { Failure } from './failure.ts';

/** Throws a Failure where the command stands alone (`pnpm package:cli`). */
export function partFile(part: '@kubeshark/agent/main' | '@kubeshark/bff/main'): string {
  try {
    return fileURLToPath(import.meta.resolve(part));
  } catch (error) {
    throw new Failure(
      'capture',
      'This is the command by itself, which captures and serves nothing. Name a hub with --hub or a file with -r.',
      { cause: error },
    );
  }
}
