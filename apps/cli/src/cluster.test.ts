/** Which hub commands find by themselves, with a stand-in for kubectl that really carries bytes, and with kubectl itself. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findProgram } from '../../../scripts/system-packages.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const command = path.join(root, 'apps/cli/bin/kubeshark.mjs');
const capture = path.join(root, 'packages/capture/fixtures/http/pipelined-gets/input.pcap');
const noKubectl = findProgram('kubectl') === undefined ? 'kubectl is not installed' : undefined;

interface Ran {
  readonly child: ChildProcess;
  out: string;
  err: string;
  readonly code: Promise<number | null>;
}

function begin(words: readonly string[], env: Readonly<Record<string, string>> = {}): Ran {
  const child = spawn(process.execPath, [command, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const ran: Ran = { child, out: '', err: '', code: once(child, 'close').then(([code]) => code as number | null) };
  child.stdout?.on('data', (data: Buffer) => {
    ran.out += data.toString();
  });
  child.stderr?.on('data', (data: Buffer) => {
    ran.err += data.toString();
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ran.code;
  });
  return ran;
}

async function kubeshark(words: readonly string[], env: Readonly<Record<string, string>>) {
  const ran = begin(words, env);
  return { code: await ran.code, out: ran.out, err: ran.err };
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-cluster-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A machine without a hub of its own, whose kubectl is the stand-in. */
async function aMachine(more: Readonly<Record<string, string>> = {}) {
  const directory = await temporaryDirectory();
  const kubectl = path.join(directory, 'kubectl');
  const script = fileURLToPath(new URL('./testing/fake-kubectl.ts', import.meta.url));
  await writeFile(kubectl, `#!/bin/sh\nexec ${process.execPath} ${script} "$@"\n`);
  await chmod(kubectl, 0o755);
  const log = path.join(directory, 'kubectl.log');
  await writeFile(log, '');
  return {
    env: {
      PATH: `${directory}:${process.env['PATH']}`,
      KUBESHARK_PORT: String(await freePort()),
      KUBESHARK_CONFIG: path.join(directory, 'config.yaml'),
      FAKE_LOG: log,
      ...more,
    },
    config: path.join(directory, 'config.yaml'),
    asked: async () => (await readFile(log, 'utf8')).trim().split('\n'),
  };
}

async function aHub(): Promise<string> {
  const served = begin(['serve', '--port', '0', '--data-dir', await temporaryDirectory(), '--read', capture]);
  await vi.waitFor(() => expect(served.out).toContain('ready'), { timeout: 60_000 });
  const url = /http:\S+/.exec(served.out)?.[0] ?? '';
  const count = async () => ((await (await fetch(`${url}/api/entries`)).json()) as { rows: unknown[] }).rows.length;
  await vi.waitFor(async () => expect(await count()).toBeGreaterThan(0), { timeout: 60_000 });
  return new URL(url).port;
}

test('commands find the hub of the current kube context, and leave no forward behind', {
  timeout: 120_000,
}, async () => {
  const port = await aHub();
  const machine = await aMachine({ FAKE_CONTEXT: 'staging', FAKE_HUB_PORT: port });
  const asked = await kubeshark(['query', '--json', 'http | count by method'], machine.env);
  expect(asked).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\{"method":"GET"/),
    err: 'Hub of context staging, through kubectl port-forward.\n',
  });
  const tapped = await kubeshark(['tap', '--since', '2000-01-01T00:00:00Z', '-c', '1'], machine.env);
  expect([tapped.code, tapped.out.trim().split('\n').length]).toEqual([0, 1]);
  expect(await machine.asked()).toContain(
    '--context staging port-forward --namespace kubeshark svc/kubeshark-front :80',
  );
  // Its way ends with the command: another address is told.
  const opened = await kubeshark(['import', capture], machine.env);
  expect([opened.out, opened.err]).toEqual([
    expect.stringContaining(`http://127.0.0.1:${machine.env.KUBESHARK_PORT}/traffic?s=`),
    expect.stringContaining('kubeshark proxy brings'),
  ]);

  // The place of the configuration file wins over kubectl's own; recording ends with its file though Ctrl-C came.
  await writeFile(machine.config, 'kube:\n  context: production\n  namespace: watching\n');
  const file = path.join(await temporaryDirectory(), 'traffic.tar');
  const recording = begin(['record', '-o', file], machine.env);
  await vi.waitFor(() => expect(recording.err).toContain('Hub of context production'), { timeout: 60_000 });
  const hub = `http://127.0.0.1:${port}/api/recordings`;
  const running = async () => ((await (await fetch(hub)).json()) as { recordings: unknown[] }).recordings.length;
  await vi.waitFor(async () => expect(await running()).toBe(1), { timeout: 60_000 });
  recording.child.kill('SIGINT');
  expect([await recording.code, recording.err]).toEqual([0, expect.stringContaining(`Wrote ${file}: 0 calls`)]);
  expect(await machine.asked()).toContain(
    '--context production port-forward --namespace watching svc/kubeshark-front :80',
  );
});

test.each([
  ['there is no context', {}, 'kubectl has no current context'],
  [
    'the cluster has no hub',
    { FAKE_CONTEXT: 'staging' },
    'context staging has no service kubeshark-front in namespace kubeshark',
  ],
  [
    'the cluster is away',
    { FAKE_CONTEXT: 'away' },
    'kubectl cannot ask context away: Unable to connect to the server: dial tcp',
  ],
  [
    'its pod does not run',
    { FAKE_CONTEXT: 'no-pod', FAKE_HUB_PORT: '1' },
    'kubectl port-forward in context no-pod failed: error: unable to forward port',
  ],
  ['kubectl is not there', { PATH: '/nowhere' }, 'kubectl is not here'],
] as const)('%s: a command that needs a hub says so', async (_name, env, why) => {
  const machine = await aMachine(env);
  const { code, err } = await kubeshark(['query', 'http'], machine.env);
  const start = `No hub answers at http://127.0.0.1:${machine.env.KUBESHARK_PORT}, and ${why}`;
  expect([code, err]).toEqual([3, expect.stringContaining(start)]);
});

test('no cluster is asked where the configuration says so, or a hub is named', async () => {
  const machine = await aMachine({ FAKE_CONTEXT: 'staging' });
  await writeFile(machine.config, 'kube:\n  forward: false\n');
  expect((await kubeshark(['query', 'http'], machine.env)).err).toContain('kube.forward is off');
  await rm(machine.config);
  expect((await kubeshark(['query', '--hub', 'http://127.0.0.1:1', 'http'], machine.env)).code).toBe(3);
  expect(await machine.asked()).toEqual(['']);
});

test('a machine is captured where no hub is found, and it is said when a cluster was looked at', async () => {
  const machine = await aMachine({ FAKE_CONTEXT: 'staging' });
  const { code, err } = await kubeshark(['tap', '-c', '1', '--set', 'tap.namespaces=shop'], {
    ...machine.env,
    KUBESHARK_INTERFACE: 'no-such-if',
  });
  expect(err).toContain(
    'No hub: context staging has no service kubeshark-front in namespace kubeshark. Capturing this machine.',
  );
  expect(code).not.toBe(0);
  // What is set for the capture means this machine: no cluster is asked.
  const own = await aMachine({ FAKE_CONTEXT: 'staging' });
  const here = await kubeshark(['tap', '--set', 'tap.interface=no-such-if'], own.env);
  expect([here.code, await own.asked()]).toEqual([5, ['']]);
  const both = await kubeshark(['tap', '--hub', 'http://127.0.0.1:1', '--set', 'tap.interface=lo'], own.env);
  expect([both.code, both.err]).toEqual([2, expect.stringContaining('how packets are captured is set there')]);
});

test('the proxy brings the hub to a port, and says what is missing', { timeout: 120_000 }, async () => {
  const machine = await aMachine({ FAKE_CONTEXT: 'staging', FAKE_HUB_PORT: await aHub() });
  const port = await freePort();
  const proxy = begin(['proxy', '--port', String(port)], machine.env);
  await vi.waitFor(() => expect(proxy.err).toContain(`The hub is at http://127.0.0.1:${port}.`), { timeout: 30_000 });
  expect((await fetch(`http://127.0.0.1:${port}/api/version`)).status).toBe(200);
  proxy.child.kill('SIGINT');
  expect(await proxy.code).toBe(0);
  const none = await kubeshark(['proxy'], { ...machine.env, PATH: '/nowhere' });
  expect([none.code, none.err]).toEqual([3, 'There is no way into a cluster: kubectl is not here.\n']);
});

test.skipIf(noKubectl !== undefined)(
  `kubectl itself, without a cluster, is understood${noKubectl === undefined ? '' : `: ${noKubectl}`}`,
  async () => {
    const directory = await temporaryDirectory();
    const env = {
      KUBECONFIG: path.join(directory, 'kube'),
      KUBESHARK_PORT: String(await freePort()),
      KUBESHARK_CONFIG: path.join(directory, 'config.yaml'),
    };
    expect((await kubeshark(['query', 'http'], env)).err).toContain('kubectl has no current context');
    const cluster = { server: `http://127.0.0.1:${await freePort()}` };
    const kube = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'gone',
      clusters: [{ name: 'c', cluster }],
      contexts: [{ name: 'gone', context: { cluster: 'c', user: 'u' } }],
      users: [{ name: 'u', user: {} }],
    };
    await writeFile(env.KUBECONFIG, JSON.stringify(kube));
    const { code, err } = await kubeshark(['query', 'http'], env);
    expect([code, err]).toEqual([3, expect.stringMatching(/kubectl cannot ask context gone: .*refused/)]);
  },
);
