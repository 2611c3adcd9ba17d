/** `~/.kubeshark/config.yaml`: what a person does not want to type each time. Options of the command line win over it. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { ConfigFile } from './config-schema.ts';
import { Failure } from './failure.ts';

export const configPath = (): string =>
  process.env['KUBESHARK_CONFIG'] || path.join(homedir(), '.kubeshark', 'config.yaml');

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
  const [{ parse }, { ConfigFile }] = await Promise.all([import('yaml'), import('./config-schema.ts')]);
  let value: unknown;
  try {
    value = parse(text) ?? {};
  } catch (error) {
    throw new Failure('usage', `${file} is no YAML: ${(error as Error).message}`, { cause: error });
  }
  const parsed = ConfigFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Failure('usage', `${file}: ${[...(issue?.path ?? []), issue?.message].join(': ')}`);
}

export async function writeConfigFile(config: ConfigFile): Promise<void> {
  const { stringify } = await import('yaml');
  const file = configPath();
  const text = stringify(config);
  await checked(text, 'The setting');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text, { mode: 0o600 });
}
