/** The programs beside the command: hub and agent, which it starts as processes. */

import * as module from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from './failure.ts';

type Part = '@kubeshark/agent/main' | '@kubeshark/bff/main';

/**
 * An agent makes little that lives longer than a packet: with room for 4 MB of it instead of 16 it takes 35 MB less and no more CPU.
 * deploy/docker/agent.Dockerfile says the same.
 */
const AGENT_OPTIONS = ['--max-semi-space-size=4'];

/** How Node is called to run a part. Throws a Failure where the command stands alone. */
export function partArguments(part: Part): readonly string[] {
  return [...(part === '@kubeshark/agent/main' ? AGENT_OPTIONS : []), partFile(part)];
}

/** What a part finds in its environment beside its settings: where this command keeps what V8 compiled. */
export function partEnvironment(): Readonly<Record<string, string>> {
  const ofThisNode = module.getCompileCacheDir();
  return ofThisNode === undefined ? {} : { NODE_COMPILE_CACHE: dirname(ofThisNode) };
}

/** Throws a Failure where the command stands alone (`pnpm package:cli`). */
function partFile(part: Part): string {
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
