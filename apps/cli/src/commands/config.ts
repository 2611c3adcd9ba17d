/** `kubeshark config`: the configuration file, shown and changed. */

import { nearest } from '@kubeshark/kfl';
import type { Command } from 'commander';
import { configKeys, configPath, flatConfig, nestedConfig, readConfigFile, writeConfigFile } from '../config-file.ts';
import { Failure } from '../failure.ts';
import { writeLine } from '../output/stdout.ts';
import { readTapSettings } from '../tap-settings.ts';

async function view(): Promise<void> {
  process.stderr.write(`${configPath()}\n`);
  for (const [key, value] of Object.entries(flatConfig(await readConfigFile())))
    await writeLine(`${key}: ${Array.isArray(value) ? value.join(',') : String(value)}`);
}

/** As the file has it: lists, numbers and flags, not their text. */
function settingOf(key: string, text: string): unknown {
  if (key.startsWith('tap.')) return Object.values(readTapSettings({ [key]: text }))[0];
  if (key === 'kube.forward') return { true: true, false: false }[text] ?? text;
  return text;
}

function requireKnown(key: string): void {
  if (configKeys.includes(key)) return;
  const near = nearest(key, configKeys);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `there is ${configKeys.join(', ')}.`;
  throw new Failure('usage', `There is no setting ${key}; ${hint}`);
}

async function set(key: string, text: string): Promise<void> {
  requireKnown(key);
  await writeConfigFile(await nestedConfig({ ...flatConfig(await readConfigFile()), [key]: settingOf(key, text) }));
}

async function unset(key: string): Promise<void> {
  requireKnown(key);
  const kept = Object.entries(flatConfig(await readConfigFile())).filter(([known]) => known !== key);
  await writeConfigFile(await nestedConfig(Object.fromEntries(kept)));
}

export function configCommand(program: Command): void {
  const config = program
    .command('config')
    .description('what need not be typed each time: the hub, the cluster, the chart’s tap values')
    .addHelpText(
      'after',
      `
The file is ~/.kubeshark/config.yaml, or what KUBESHARK_CONFIG names. Options win over KUBESHARK_HUB, that over the file.

Settings:
  hub                     the hub that commands ask
  kube.context            kubectl's context in which a hub is looked for
  kube.namespace          where Kubeshark is installed there; kubeshark without it
  kube.forward            false: no hub is looked for in a cluster
  tap.…                   the chart's values, as for --set: tap.interface, tap.namespaces, …

Examples:
  kubeshark config set hub http://kubeshark.example
  kubeshark config set kube.context staging
  kubeshark config set tap.namespaces shop,cart
  kubeshark config view`,
    );
  config
    .command('view')
    .description('show the settings and where they are')
    .addHelpText('after', '\nExample:\n  kubeshark config view')
    .action(view);
  config
    .command('set')
    .description('change a setting')
    .argument('<key>', configKeys.join(', '))
    .argument('<value>')
    .addHelpText('after', '\nExample:\n  kubeshark config set hub http://kubeshark.example')
    .action(set);
  config
    .command('unset')
    .description('take a setting away')
    .argument('<key>')
    .addHelpText('after', '\nExample:\n  kubeshark config unset hub')
    .action(unset);
}
