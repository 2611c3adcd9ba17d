import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type BuiltImage, type Container, type PodSpec, runContainer } from '../testing/containers.ts';

const list = process.env['KUBESHARK_IMAGES'];
const why = list === undefined ? ': pnpm test:images builds them' : '';
const patience = { timeout: 60_000, interval: 200 };
/** What the kubelet lets pass before it kills. */
const GRACE_MILLIS = 30_000;

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly template: { readonly spec: PodSpec } };
  readonly data?: Readonly<Record<string, string>>;
}
const manifests = parseAllDocuments(
  readFileSync(path.join(import.meta.dirname, '../helm/golden/default.yaml'), 'utf8'),
).map((document) => document.toJS() as Manifest);
const podOf = (kind: string): PodSpec => {
  const manifest = manifests.find((each) => each.kind === kind);
  if (manifest === undefined) throw new Error(`the chart has no ${kind}`);
  return manifest.spec.template.spec;
};
const configMap = manifests.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};

const ip = (...words: readonly string[]) => {
  const { status, stderr } = spawnSync('ip', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr}`);
};

/** A node of its own: a network namespace with loopback. */
function aNode(): string {
  const name = `ks-images-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  ip('netns', 'add', name);
  onTestFinished(() => void spawnSync('ip', ['netns', 'delete', name]));
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return name;
}
const networkOf = (node: string) => `/var/run/netns/${node}`;

/** What a program in the node's network prints. */
function inside(node: string, script: string): string {
  const { stdout, stderr } = spawnSync('ip', ['netns', 'exec', node, process.execPath, '-e', script], {
    encoding: 'utf8',
  });
  return stdout === '' ? stderr : stdout;
}
const get = (node: string, address: string) =>
  inside(node, `fetch(${JSON.stringify(address)}).then(async (a) => console.log(a.status, await a.text()))`);

/** `CapEff`, `Uid`, … of the process that the image starts. */
const statusOf = (container: Container, name: string) =>
  new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(
    readFileSync(`/proc/${(JSON.parse(state(container)) as { pid: number }).pid}/status`, 'utf8'),
  )?.[1];
const state = ({ id }: Container) => spawnSync('runc', ['state', id], { encoding: 'utf8' }).stdout;

describe.skipIf(list === undefined)(`images built by the Dockerfiles${why}`, { timeout: 300_000 }, () => {
  let images: Readonly<Record<'hub' | 'agent' | 'cli', BuiltImage>>;
  beforeAll(() => {
    images = JSON.parse(readFileSync(list ?? '', 'utf8')) as typeof images;
  });

  const startHub = (node: string, env: Readonly<Record<string, string>> = {}) =>
    runContainer({
      image: images.hub,
      pod: podOf('Deployment'),
      network: networkOf(node),
      env: { KUBESHARK_AGENT_TOKEN: 'secret', KUBESHARK_NAMESPACE: 'kubeshark', ...env },
      files: { config: configMap },
    });
  const startAgent = (node: string) =>
    runContainer({
      image: images.agent,
      pod: podOf('DaemonSet'),
      network: networkOf(node),
      env: { KUBESHARK_AGENT_TOKEN: 'secret', KUBESHARK_NODE: 'worker-1', KUBESHARK_HUB_URL: 'http://127.0.0.1:8899' },
    });
  const command = async (node: string, ...words: readonly string[]) => {
    const container = runContainer({ image: images.cli, network: networkOf(node), ...(words.length > 0 && { words }) });
    const code = await container.ended;
    return { code, printed: container.printed, said: container.said };
  };
  const isReady = async (node: string, hub: Container) =>
    vi.waitFor(() => {
      if (!hub.isRunning) throw new Error(hub.said);
      expect(get(node, 'http://127.0.0.1:8899/readyz')).toMatch(/^200 /);
    }, patience);

  test('the hub runs as nobody special, writes only where the chart lets it, and ends in time', async () => {
    const node = aNode();
    const hub = startHub(node);
    await isReady(node, hub);
    expect(get(node, 'http://127.0.0.1:8899/healthz')).toMatch(/^200 /);
    const page = get(node, 'http://127.0.0.1:8899/');
    expect(page).toMatch(/^200 /);
    const [, script = ''] = /src="([^"]+\.js)"/.exec(page) ?? [];
    expect(get(node, new URL(script, 'http://127.0.0.1:8899/').href)).toMatch(/^200 /);

    expect(['Uid', 'CapEff', 'CapBnd', 'NoNewPrivs'].map((name) => statusOf(hub, name))).toEqual([
      '1000\t1000\t1000\t1000',
      '0000000000000000',
      '0000000000000000',
      '1',
    ]);
    expect(hub.exec('touch', '/kubeshark/x').text).toMatch(/Read-only file system/);
    expect(hub.exec('touch', '/data/x', '/tmp/x')).toEqual({ code: 0, text: '' });
    expect(hub.exec('sh', '-c', 'ls apps packages').text).not.toMatch(/agent|cli\b/);

    const began = performance.now();
    expect(await hub.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(GRACE_MILLIS);
  });

  test('the agent has the named capabilities only, captures, and the command of its image shows the calls', async () => {
    const node = aNode();
    const hub = startHub(node);
    await isReady(node, hub);
    const server = spawn(
      'ip',
      [
        'netns',
        'exec',
        node,
        process.execPath,
        '-e',
        `require('node:http').createServer((q, a) => a.end('well')).listen(8080, () => console.log('up'))`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void server.kill());
    await once(server.stdout, 'data');

    const agent = startAgent(node);
    await vi.waitFor(() => {
      if (!agent.isRunning) throw new Error(agent.said);
      expect(agent.probe('startupProbe')).toBe(true);
    }, patience);
    expect(agent.probe('livenessProbe')).toBe(true);
    await vi.waitFor(() => expect(agent.said).toMatch(/capturing from any \(af_packet\)/), patience);
    // NET_RAW, NET_ADMIN, SETUID, SETGID, SYS_PTRACE, DAC_READ_SEARCH: capabilities(7) in linux/capability.h.
    const bits = [13, 12, 7, 6, 19, 2].reduce((sum, bit) => sum | (1 << bit), 0);
    expect(statusOf(agent, 'CapEff')).toBe(bits.toString(16).padStart(16, '0'));
    expect(statusOf(agent, 'CapBnd')).toBe(bits.toString(16).padStart(16, '0'));
    expect(agent.exec('touch', '/kubeshark/x').text).toMatch(/Read-only file system/);

    await vi.waitFor(() => {
      get(node, 'http://127.0.0.1:8080/from-an-image');
      expect(
        get(
          node,
          `http://127.0.0.1:8899/api/entries?q=${encodeURIComponent('http and request.path == "/from-an-image"')}`,
        ),
      ).toMatch(/"endpoint":"GET \/from-an-image"/);
    }, patience);

    expect((await command(node)).printed).toMatch(/Usage: kubeshark/);
    const hubUrl = ['--hub', 'http://127.0.0.1:8899'];
    const doctor = await command(node, 'doctor', ...hubUrl);
    expect(doctor.printed + doctor.said).toMatch(/1 agent/);
    const calling = setInterval(() => get(node, 'http://127.0.0.1:8080/live'), 500);
    onTestFinished(() => clearInterval(calling));
    const tap = await command(node, 'tap', 'http and request.path == "/live"', '-c', '1', ...hubUrl);
    expect([tap.code, tap.printed]).toEqual([0, expect.stringMatching(/GET \/live/)]);
    clearInterval(calling);

    expect(await agent.stop()).toBe(0);
  });
});
