/**
 * `pnpm test:images`: builds the three images by their Dockerfiles with buildah and starts containers of them as the chart's pods
 * would be started (Debian, as root, some ten minutes the first time; too heavy for each run of the tests). The base image is
 * made here: Debian's bookworm, the Node and npm of this machine, and the user `node`, which is what the Dockerfiles need of it.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import {
  findProgram,
  install,
  installCommand,
  missing,
  type SystemPackage,
  whyNotInstallable,
} from './system-packages.ts';

const root = path.join(import.meta.dirname, '..');
const folder = path.join(root, '.cache/images');
const storage = ['--root', path.join(folder, 'store'), '--runroot', path.join(folder, 'run')];
const dockerfiles = path.join(root, 'deploy/docker');

const tools: readonly SystemPackage[] = [
  { name: 'buildah', program: 'buildah', purpose: 'building images' },
  { name: 'runc', program: 'runc', purpose: 'running containers' },
  { name: 'mmdebstrap', program: 'mmdebstrap', purpose: 'the base of the images' },
];

function run(program: string, args: readonly string[], input?: Buffer): void {
  const { status } = spawnSync(program, args, {
    cwd: root,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'inherit', 'inherit'],
    ...(input !== undefined && { input }),
    env: { ...process.env, BUILDAH_ISOLATION: 'chroot' },
  });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed`);
}

function answer(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

const buildah = (...args: readonly string[]) => run('buildah', [...storage, ...args]);
const asked = (...args: readonly string[]) => answer('buildah', [...storage, ...args]);

/** The one image that all stages are made from. */
function baseImage(): string {
  const text = readFileSync(path.join(dockerfiles, 'hub.Dockerfile'), 'utf8');
  const name = /^FROM (\S+)/m.exec(text)?.[1];
  if (name === undefined) throw new Error('hub.Dockerfile has no base');
  return `docker.io/library/${name}`;
}

/** This machine's way to its registries, which is no part of an image: settings of apt and npm, and authorities. */
function waysOut(): readonly string[] {
  const found = [
    ['/etc/ssl/certs', '/etc/ssl/certs'],
    ['/etc/apt/apt.conf.d', '/etc/apt/apt.conf.d'],
    ['/etc/npmrc', '/usr/local/etc/npmrc'],
    [path.join(homedir(), '.npmrc'), '/root/.npmrc'],
  ].filter(([from = '']) => existsSync(from));
  return found.flatMap(([from, to]) => ['--volume', `${from}:${to}:ro`]);
}

function makeBase(name: string): void {
  const archive = path.join(folder, 'base.tar');
  const sources = globSync('/etc/apt/sources.list.d/debian.sources').concat(globSync('/etc/apt/sources.list'));
  if (!existsSync(archive)) {
    const list = sources[0] === undefined ? undefined : readFileSync(sources[0]);
    const from = list === undefined ? [] : ['-'];
    run('mmdebstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', archive, ...from], list);
  }
  const container = asked('from', 'scratch');
  const npm = path.dirname(path.dirname(realpathSync(findProgram('npm') ?? '')));
  buildah('add', '-q', container, archive, '/');
  buildah('copy', '-q', container, realpathSync(path.join(root, 'node_modules/.bin/node')), '/usr/local/bin/node');
  buildah('copy', '-q', container, npm, '/usr/local/lib/node_modules/npm');
  const links = ['npm', 'npx'].map((each) => `ln -s ../lib/node_modules/npm/bin/${each}-cli.js /usr/local/bin/${each}`);
  buildah('run', container, '--', 'sh', '-c', [...links, 'useradd -m -u 1000 node'].join(' && '));
  buildah('commit', '-q', '--rm', container, name);
}

/** The image's unpacked files, whose path may have no link in it, and configuration: for the tests. */
function unpacked(image: string): { readonly root: string; readonly config: unknown } {
  const { OCIv1 } = JSON.parse(asked('inspect', '--type', 'image', image)) as { OCIv1: { config: unknown } };
  return { root: realpathSync(asked('mount', asked('from', '--pull-never', image))), config: OCIv1.config };
}

if (missing(tools).length > 0 && whyNotInstallable() === undefined) install(missing(tools));
if (missing(tools).length > 0 || process.getuid?.() !== 0) {
  console.error(`Images are built on Debian, as root, with: ${installCommand(tools)}`);
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
const base = baseImage();
const images = globSync('*.Dockerfile', { cwd: dockerfiles }).map((file) => path.basename(file, '.Dockerfile'));
if (spawnSync('buildah', [...storage, 'images', '-q', base]).status !== 0) makeBase(base);
const built: Record<string, unknown> = {};
try {
  for (const name of images) {
    const file = path.join(dockerfiles, `${name}.Dockerfile`);
    const words = ['bud', '-q', '--layers', '--pull-never', ...waysOut(), '--file', file];
    console.log(`== image ${name}`);
    buildah(...words, '--tag', `kubeshark-${name}`, root);
    built[name] = unpacked(`localhost/kubeshark-${name}`);
  }
  const list = path.join(folder, 'built.json');
  writeFileSync(list, JSON.stringify(built));
  const { status } = spawnSync('vitest', ['run', '--testTimeout', '120000', 'deploy/docker/built-images.test.ts'], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, KUBESHARK_IMAGES: list },
  });
  process.exitCode = status ?? 1;
} finally {
  buildah('rm', '--all');
}
