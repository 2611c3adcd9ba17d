/**
 * `pnpm test:images`: builds the three images by their Dockerfiles with buildah, pushes them to a registry on loopback under the
 * names that the chart asks for, pulls them from there and starts containers of them as the chart's pods would be started
 * (Debian, as root, some ten minutes the first time; too heavy for each run of the tests). The base image is
 * made here: Debian's bookworm, the Node and npm of this machine, and the user `node`, which is what the Dockerfiles need of it.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
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
const storageIn = (name: string) => ['--root', path.join(folder, name), '--runroot', path.join(folder, `${name}-run`)];
/** Where images are built, and where a node would keep those that it pulls. */
const storage = storageIn('store');
const pulled = storageIn('pulled');
const dockerfiles = path.join(root, 'deploy/docker');

const tools: readonly SystemPackage[] = [
  { name: 'buildah', program: 'buildah', purpose: 'building images' },
  { name: 'docker-registry', program: 'docker-registry', purpose: 'pushing and pulling images' },
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

interface Registry {
  /** `127.0.0.1:5000` */
  readonly address: string;
  close(): void;
}

const REGISTRY_MILLIS = 30_000;

/** A registry of the distribution specification, on a port of loopback that was free a moment ago. */
async function openRegistry(): Promise<Registry> {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  const address = `127.0.0.1:${port}`;
  const data = path.join(folder, 'registry');
  rmSync(data, { recursive: true, force: true });
  const config = path.join(folder, 'registry.json');
  // JSON is YAML.
  const log = { level: 'error', accesslog: { disabled: true } };
  writeFileSync(
    config,
    JSON.stringify({ version: 0.1, log, storage: { filesystem: { rootdirectory: data } }, http: { addr: address } }),
  );
  // It calls it an error that a push first asks what is there.
  const server = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const deadline = performance.now() + REGISTRY_MILLIS;
  while (!(await fetch(`http://${address}/v2/`).catch(() => undefined))?.ok) {
    if (server.exitCode !== null || performance.now() > deadline)
      throw new Error(`docker-registry serve ${config} does not start`);
    await setTimeout(100);
  }
  return { address, close: () => server.kill() };
}

/** The name that the chart asks a kubelet to pull. */
function nameInRegistry({ address }: Registry, name: string): string {
  const chart = readFileSync(path.join(root, 'deploy/helm/kubeshark/Chart.yaml'), 'utf8');
  const version = /^appVersion: "?([^"\s]+)/m.exec(chart)?.[1];
  if (version === undefined) throw new Error('the chart has no appVersion');
  return `${address}/kubeshark-${name}:${version}`;
}

/** Pushes what was built, and pulls it to another store: whoever starts it has what a node would have. */
function throughRegistry(registry: Registry, name: string): string {
  const remote = nameInRegistry(registry, name);
  buildah('push', '-q', '--tls-verify=false', `kubeshark-${name}`, `docker://${remote}`);
  run('buildah', [...pulled, 'pull', '-q', '--tls-verify=false', remote]);
  return remote;
}

/** The image's unpacked files, whose path may have no link in it, and configuration: for the tests. */
function unpacked(image: string): { readonly root: string; readonly config: unknown } {
  const ask = (...args: readonly string[]) => answer('buildah', [...pulled, ...args]);
  const { OCIv1 } = JSON.parse(ask('inspect', '--type', 'image', image)) as { OCIv1: { config: unknown } };
  return { root: realpathSync(ask('mount', ask('from', '--pull-never', image))), config: OCIv1.config };
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
const registry = await openRegistry();
try {
  for (const name of images) {
    const file = path.join(dockerfiles, `${name}.Dockerfile`);
    const words = ['bud', '-q', '--layers', '--pull-never', ...waysOut(), '--file', file];
    console.log(`== image ${name}`);
    buildah(...words, '--tag', `kubeshark-${name}`, root);
    built[name] = unpacked(throughRegistry(registry, name));
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
  registry.close();
  buildah('rm', '--all');
  run('buildah', [...pulled, 'rm', '--all']);
  run('buildah', [...pulled, 'rmi', '--all']);
}
