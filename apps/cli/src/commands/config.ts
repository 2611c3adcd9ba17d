/** `kubeshark config`: the configuration file, shown and changed. */

import type { Command } from 'commander';
import { configPath, readConfigFile, writeConfigFile } from '../config-file.ts';
import { configKeys } from '../config-schema.ts';
import { Failure } from '../failure.ts';
import { writeLine } from '../output/stdout.ts';

async function view(): Promise<void> {
  const config = await readConfigFile();
  process.stderr.write(`${configPath()}\n`);
  for (const [key, value] of Object.entries(config)) await writeLine(`${key}: ${value}`);
}

async function set(key: string, value: string): Promise<void> {
  if (!configKeys.some((known) => known === key))
    throw new Failure('usage', `There is no setting ${key}; there is ${configKeys.join(', ')}.`);
  await writeConfigFile({ ...(await readConfigFile()), [key]: value });
}

async function unset(key: string): Promise<void> {
  const kept = Object.entries(await readConfigFile()).filter(([known]) => known !== key);
  await writeConfigFile(Object.fromEntries(kept));
}

export function configCommand(program: Command): void {
  const config = program
    .command('config')
    .description('what need not be typed each time: the hub')
    .addHelpText(
      'after',
      `
The file is ~/.kubeshark/config.yaml, or what KUBESHARK_CONFIG names. Options win over KUBESHARK_HUB, that over the file.

Examples:
  kubeshark config set hub http://kubeshark.example
  kubeshark config view`,
    );
  config.command('view').description('show the settings and where they are').action(view);
  config
    .command('set')
    .description('change a setting')
    .argument('<key>', configKeys.join(', '))
    .argument('<value>')
    .action(set);
  config.command('unset').description('take a setting away').argument('<key>').action(unset);
}
