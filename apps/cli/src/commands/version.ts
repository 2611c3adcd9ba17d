/** `kubeshark version` */

import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { writeLine } from '../output/stdout.ts';

export const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export function versionCommand(program: Command): void {
  program
    .command('version')
    .description('print the version')
    .action(() =>
      writeLine(`kubeshark ${version} (node ${process.versions.node}, ${process.platform}-${process.arch})`),
    );
}
