/** `~/.kubeshark/config.yaml`: what a person does not want to type each time. Options of the command line win over it. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { ConfigFile } from './config-schema.ts';
import { Failure } from './failure.ts';
import { flatTapSettings, readTapSettings, type TapSettings, tapNames } from './tap-settings.ts';

export const configPath = (): string =>
  process.env['KUBESHARK_CONFIG'] || path.join(homedir(), '.kubeshark', 'config.yaml');

/** What `config set` takes. */
export const configKeys: readonly string[] = ['hub', 'kube.context', 'kube.namespace', 'kube.forward', ...tapNames];

/** The file's settings by their names, with dots. */
export const flatConfig = ({ hub, kube = {}, tap = {} }: ConfigFile): Record<string, unknown> => ({
  ...(hub !== undefined && { hub }),
  ...Object.fromEntries(Object.entries(kube).map(([key, value]) => [`kube.${key}`, value])),
  ...flatTapSettings(tap),
});

/** The same as the file has them, nested. Throws a Failure for a value that does not fit. */
export async function nestedConfig(flat: Readonly<Record<string, unknown>>): Promise<ConfigFile> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(flat)) {
    const path = name.split('.');
    const last = path.pop() ?? '';
    let place = root;
    for (const key of path) {
      const inner = (place[key] ?? {}) as Record<string, unknown>;
      place[key] = inner;
      place = inner;
    }
    place[last] = value;
  }
  return parsed(root, 'The setting');
}

/** The tap settings of the file and, over them, those of --set. */
export async function tapSettings(pairs: Readonly<Record<string, string>>): Promise<TapSettings> {
  const { tap = {} } = await readConfigFile();
  return { ...readTapSettings(flatTapSettings(tap)), ...readTapSettings(pairs) };
}

/** Nothing where there is no file. Throws a Failure that says what is wrong with it. */
export async function readConfigFile(): Promise<ConfigFile> {
  const file = configPath();
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Failure('usage', `Cannot read ${file}: ${error.message}.`, { cause: error });
  });
  return text === undefined ? {} : checked(text, file);
}

async function checked(text: string, file: string): Promise<ConfigFile> {
  // Loaded only where there is a file: most commands have none to read.
  const { parse } = await import('yaml');
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw new Failure('usage', `${file} is no YAML: ${(error as Error).message}`, { cause: error });
  }
  return parsed(value, file);
}

async function parsed(value: unknown, where: string): Promise<ConfigFile> {
  const { ConfigFile } = await import('./config-schema.ts');
  const outcome = ConfigFile.safeParse(value);
  if (!outcome.success) {
    const [issue] = outcome.error.issues;
    throw new Failure('usage', `${where}: ${[...(issue?.path ?? []), issue?.message].join(': ')}`);
  }
  readTapSettings(flatTapSettings(outcome.data.tap ?? {}));
  return outcome.data;
}

export async function writeConfigFile(config: ConfigFile): Promise<void> {
  const { stringify } = await import('yaml');
  const file = configPath();
  const text = stringify(config);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
}
