/** `kubeshark version` */

import type { Command } from 'commander';
import { writeLine } from '../output/stdout.ts';
import { version } from '../version.ts';

export function versionCommand(program: Command): void {
  program
    .command('version')
    .description('print the version')
    .addHelpText('after', '\nExample:\n  kubeshark version')
    .action(() =>
      writeLine(`kubeshark ${version} (node ${process.versions.node}, ${process.platform}-${process.arch})`),
    );
}
