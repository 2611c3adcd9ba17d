/** Options that several commands share, so that they read and mean the same everywhere. */

import { Option } from 'commander';
import { Failure } from './failure.ts';

export const hubOption = (what = 'the hub to ask'): Option =>
  new Option('--hub <url>', what).default(undefined, 'the one on this machine, else that of the current kube context');

export const namespaceOption = (): Option =>
  new Option('-n, --namespace <name>', 'only calls from or to this namespace; may be repeated')
    .default([], 'all')
    .argParser((name: string, names: readonly string[]) => [...names, name]);

export const podOption = (): Option =>
  new Option('--pod <name>', 'only calls from or to this pod; may be repeated')
    .default([], 'all')
    .argParser((name: string, names: readonly string[]) => [...names, name]);

/** `--set tap.record=true`: the chart's own keys. */
export const setOption = (): Option =>
  new Option('--set <key=value>', "a setting by the chart's name; may be repeated")
    .default({}, 'none')
    .argParser((pair: string, pairs: Readonly<Record<string, string>>) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new Failure('usage', `${pair} is no setting; write key=value, as in tap.record=true.`);
      return { ...pairs, [pair.slice(0, equals)]: pair.slice(equals + 1) };
    });

export const positive = (text: string): number => {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Failure('usage', `${text} is no count.`);
  return count;
};
