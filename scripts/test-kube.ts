/**
 * `pnpm test:kube`: the Kubernetes tests against a real API server with etcd, which is too heavy for each run of the tests. The
 * program is KUBE_APISERVER or .cache/kube-apiserver; `pnpm test:kube --build` makes it out of Debian's source package first
 * (Debian 12, as root, some ten minutes). `--record` writes what the server answers to testing/recorded.json instead.
 */

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installKubeTools } from './kube-tools.ts';

const root = join(import.meta.dirname, '..');
const cache = join(root, '.cache/kube-apiserver-build');
const program = process.env['KUBE_APISERVER'] ?? join(root, '.cache/kube-apiserver');
const suites = ['apps/bff/src/kubernetes/api-servers.test.ts', 'apps/bff/src/kubernetes/guide-commands.test.ts'];

function run(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): void {
  const { cwd = cache, env = {} } = options;
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
}

/** As debian/rules of the package does it, for this one program. */
function build(): void {
  mkdirSync(join(cache, 'lists/partial'), { recursive: true });
  const archive = 'http://deb.debian.org/debian bookworm main';
  writeFileSync(join(cache, 'sources.list'), `deb ${archive}\ndeb-src ${archive}\n`);
  const apt = [
    ...['-o', `Dir::Etc::sourcelist=${join(cache, 'sources.list')}`],
    ...['-o', 'Dir::Etc::sourceparts=-', '-o', `Dir::State::lists=${join(cache, 'lists')}`],
  ];
  const tools = ['golang-1.19-go', 'rsync', 'make', 'dpkg-dev', 'etcd-server'];
  run('apt-get', [...apt, 'update', '-qq']);
  run('apt-get', [...apt, 'install', '-y', '-qq', '--no-install-recommends', ...tools]);
  if (!existsSync(join(cache, 'source'))) {
    run('apt-get', [...apt, 'source', '-qq', '--download-only', 'kubernetes']);
    run('sh', ['-c', 'dpkg-source -x kubernetes_*.dsc source']);
  }
  const source = join(cache, 'source');
  const place = join(source, '.go/src/k8s.io');
  mkdirSync(place, { recursive: true });
  if (!existsSync(join(place, 'kubernetes'))) symlinkSync('../../..', join(place, 'kubernetes'));
  run('nice', ['-n', '19', 'make', 'WHAT=cmd/kube-apiserver'], {
    cwd: join(place, 'kubernetes'),
    env: {
      ...{ GOPATH: join(source, '.go'), GO111MODULE: 'off', GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0', HOME: cache },
      PATH: `/usr/lib/go-1.19/bin:${process.env['PATH'] ?? ''}`,
    },
  });
  copyFileSync(join(source, '_output/bin/kube-apiserver'), program);
}

if (process.argv.includes('--build') && !existsSync(program)) build();
if (!existsSync(program)) {
  console.error(`There is no ${program}. Build it: pnpm test:kube --build (Debian 12, as root, some ten minutes).`);
  process.exit(2);
}
if (!installKubeTools()) console.error('helm and kubectl cannot be had: the chart is not applied.');
const environment = { ...process.env, KUBE_APISERVER: program };
if (process.argv.includes('--record')) {
  const recorder = 'apps/bff/src/kubernetes/testing/record.ts';
  const { status } = spawnSync('node', [recorder], { cwd: root, stdio: 'inherit', env: environment });
  process.exit(status ?? 1);
}
const { status } = spawnSync('vitest', ['run', '--testTimeout', '120000', ...suites], {
  cwd: root,
  stdio: 'inherit',
  env: environment,
});
process.exit(status ?? 1);
