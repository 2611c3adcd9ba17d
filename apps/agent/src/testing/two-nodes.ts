/**
 * A cluster on one machine: network namespaces as two nodes and their pods, bridges and routes between them, a service by
 * iptables, a hub with a fake API server, and an agent on each node. Everything real but the API server and the kubelet.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

export interface PodPlan {
  readonly name: string;
  readonly namespace: string;
  readonly app: string;
  readonly node: 1 | 2;
  /** Last byte of its address. */
  readonly host: number;
}

export interface ServicePlan {
  readonly name: string;
  readonly namespace: string;
  readonly clusterIp: string;
  readonly app: string;
  /** Pod the kernel sends its connections to. */
  readonly to: PodPlan;
  /** Port of every node that leads to it, behind source translation: the traffic policy `Cluster`. */
  readonly nodePort?: number;
}

const root = path.join(import.meta.dirname, '../../../..');
const HUB = '192.168.77.254';
const HUB_PORT = 8899;
const API_PORT = 8001;
const SERVER_PORT = 8080;
const START_MILLIS = 60_000;

/** Somebody who is no part of the cluster: at its nodes' network, and a server somewhere else. */
export const OUTSIDE = { client: HUB, server: `203.0.113.80:${SERVER_PORT}` };

export const addressOf = ({ node, host }: PodPlan): string => `10.244.${node}.${host}`;

const targetOf = (pod: PodPlan): string => `${addressOf(pod)}:${SERVER_PORT}`;

export class TwoNodes {
  readonly #prefix = `ks${process.pid}`;
  readonly #namespaces: string[] = [];
  readonly #children: ChildProcess[] = [];
  readonly #directory: string;
  readonly #pods: readonly PodPlan[];

  private constructor(directory: string, pods: readonly PodPlan[]) {
    this.#directory = directory;
    this.#pods = pods;
  }

  static async start(pods: readonly PodPlan[], services: readonly ServicePlan[]): Promise<TwoNodes> {
    const cluster = new TwoNodes(await mkdtemp(path.join(tmpdir(), 'kubeshark-two-nodes-')), pods);
    try {
      cluster.#build(services);
      await cluster.#run(services);
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** Asks the hub; answers what it says as JSON. */
  ask(address: string, init: { readonly method?: string; readonly body?: object } = {}): unknown {
    const body = init.body === undefined ? undefined : JSON.stringify(init.body);
    const request = { method: init.method ?? 'GET', headers: { 'content-type': 'application/json' }, body };
    const url = `http://${HUB}:${HUB_PORT}${address}`;
    return JSON.parse(
      this.#node(
        'f',
        `fetch(${JSON.stringify(url)}, ${JSON.stringify(request)}).then(async (a) => console.log(await a.text()))`,
      ),
    ) as unknown;
  }

  /** A pod calls addresses one after the other over one connection; answers their statuses. */
  call(pod: PodPlan, urls: readonly string[]): readonly number[] {
    return this.#call(pod.name, urls);
  }

  #call(name: string, urls: readonly string[]): readonly number[] {
    const script = `(async () => {
      const statuses = [];
      for (const url of ${JSON.stringify(urls)}) { const a = await fetch(url); await a.text(); statuses.push(a.status); }
      console.log(JSON.stringify(statuses));
    })()`;
    return JSON.parse(this.#node(name, script)) as number[];
  }

  /** The same from outside of the cluster. */
  callFromOutside(urls: readonly string[]): readonly number[] {
    return this.#call('f', urls);
  }

  async close(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await Promise.race([once(child, 'exit'), setTimeout(10_000, undefined, { ref: false })]);
      child.kill('SIGKILL');
    }
    for (const namespace of this.#namespaces) execFileSync('ip', ['netns', 'del', namespace]);
    await rm(this.#directory, { recursive: true, force: true });
  }

  #name = (name: string) => `${this.#prefix}-${name}`;

  #ip(...words: string[]): void {
    execFileSync('ip', words);
  }

  #inside(name: string, ...command: string[]): void {
    execFileSync('ip', ['netns', 'exec', this.#name(name), ...command]);
  }

  #node(name: string, script: string): string {
    const command = ['netns', 'exec', this.#name(name), process.execPath, '-e', script];
    return execFileSync('ip', command, { encoding: 'utf8', timeout: START_MILLIS });
  }

  #make(name: string): void {
    this.#ip('netns', 'add', this.#name(name));
    this.#namespaces.push(this.#name(name));
    this.#ip('-n', this.#name(name), 'link', 'set', 'lo', 'up');
  }

  /** A cable between two namespaces, its first end in a bridge; neither is ever seen on the machine itself. */
  #cable(from: string, bridge: string, to: string): void {
    const end = `to-${to}`.slice(0, 15);
    this.#ip(
      '-n',
      this.#name(from),
      'link',
      'add',
      end,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      this.#name(to),
    );
    this.#ip('-n', this.#name(from), 'link', 'set', end, 'master', bridge, 'up');
    this.#ip('-n', this.#name(to), 'link', 'set', 'eth0', 'up');
  }

  #bridge(name: string, bridge: string, address: string): void {
    this.#ip('-n', this.#name(name), 'link', 'add', bridge, 'type', 'bridge');
    this.#ip('-n', this.#name(name), 'addr', 'add', address, 'dev', bridge);
    this.#ip('-n', this.#name(name), 'link', 'set', bridge, 'up');
  }

  #build(services: readonly ServicePlan[]): void {
    this.#make('f');
    this.#bridge('f', 'br0', `${HUB}/24`);
    for (const node of [1, 2]) {
      const name = `n${node}`;
      this.#make(name);
      this.#cable('f', 'br0', name);
      this.#ip('-n', this.#name(name), 'addr', 'add', `192.168.77.${node}/24`, 'dev', 'eth0');
      this.#inside(name, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
      this.#bridge(name, 'cni0', `10.244.${node}.1/24`);
    }
    for (const [node, other] of [
      [1, 2],
      [2, 1],
    ])
      this.#ip('-n', this.#name(`n${node}`), 'route', 'add', `10.244.${other}.0/24`, 'via', `192.168.77.${other}`);
    for (const pod of this.#pods) {
      this.#make(pod.name);
      this.#cable(`n${pod.node}`, 'cni0', pod.name);
      this.#ip('-n', this.#name(pod.name), 'addr', 'add', `${addressOf(pod)}/24`, 'dev', 'eth0');
      this.#ip('-n', this.#name(pod.name), 'route', 'add', 'default', 'via', `10.244.${pod.node}.1`);
    }
    this.#ip('-n', this.#name('f'), 'addr', 'add', `${OUTSIDE.server.split(':')[0]}/32`, 'dev', 'lo');
    for (const node of [1, 2]) {
      for (const { clusterIp, to, nodePort } of services) {
        this.#translate(node, `PREROUTING -d ${clusterIp} -p tcp --dport 80 -j DNAT --to-destination ${targetOf(to)}`);
        if (nodePort === undefined) continue;
        const port = `-d 192.168.77.${node} -p tcp --dport ${nodePort}`;
        this.#translate(node, `PREROUTING ${port} -j DNAT --to-destination ${targetOf(to)}`);
      }
      this.#ip('-n', this.#name(`n${node}`), 'route', 'add', 'default', 'via', HUB);
      // What leaves the cluster, and what comes through a node to a pod, does so in the node's name.
      this.#translate(node, `POSTROUTING -s 10.244.${node}.0/24 ! -d 10.244.0.0/16 -o eth0 -j MASQUERADE`);
      this.#translate(node, `POSTROUTING -s ${HUB} -d 10.244.0.0/16 -j MASQUERADE`);
    }
  }

  #translate(node: number, rule: string): void {
    this.#inside(`n${node}`, 'iptables', '-t', 'nat', '-A', ...rule.split(' '));
  }

  async #run(services: readonly ServicePlan[]): Promise<void> {
    const objects = path.join(this.#directory, 'objects.json');
    await writeFile(objects, JSON.stringify(objectsOf(this.#pods, services)));
    const serve = `require('node:http').createServer((q, a) => { q.resume(); a.setHeader('content-type', 'application/json'); a.end(JSON.stringify({ path: q.url })); }).listen(${SERVER_PORT}, () => console.error('ready'))`;
    await Promise.all([
      ...[...this.#pods.map(({ name }) => name), 'f'].map((name) => this.#start(name, ['-e', serve], {}, 'ready')),
      this.#start('f', ['apps/bff/src/kubernetes/testing/serve-fake.ts', String(API_PORT), objects], {}, 'ready'),
    ]);
    const hub = {
      KUBESHARK_HOST: HUB,
      KUBESHARK_PORT: String(HUB_PORT),
      KUBESHARK_DATA_DIR: path.join(this.#directory, 'hub'),
      KUBESHARK_KUBERNETES_URL: `http://127.0.0.1:${API_PORT}`,
    };
    await this.#start('f', ['apps/bff/src/main.ts'], hub, '"msg":"ready"');
    await Promise.all(
      [1, 2].map((node) => {
        const agent = {
          KUBESHARK_HUB_URL: `http://${HUB}:${HUB_PORT}`,
          KUBESHARK_NODE: `node-${node}`,
          KUBESHARK_SPOOL_DIR: path.join(this.#directory, `spool-${node}`),
          KUBESHARK_PACKET_CAPTURE: 'libpcap',
        };
        return this.#start(`n${node}`, ['apps/agent/src/main.ts'], agent, 'capturing from');
      }),
    );
  }

  /** A Node program in a namespace; resolves when it has said what says that it is ready. */
  async #start(name: string, args: readonly string[], env: Record<string, string>, ready: string): Promise<void> {
    const child = spawn('ip', ['netns', 'exec', this.#name(name), process.execPath, ...args], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#children.push(child);
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${name} ${args[0] ?? ''} ${why}: ${said}`));
      AbortSignal.timeout(START_MILLIS).addEventListener('abort', () => fail('is not ready'));
      child.on('exit', () => fail('ended'));
      child.stderr.on('data', (text: Buffer) => {
        said = (said + text.toString()).slice(-4_000);
        if (said.includes(ready)) resolve();
      });
    });
  }
}

/** What the API server of such a cluster would list. */
function objectsOf(pods: readonly PodPlan[], services: readonly ServicePlan[]): Record<string, object[]> {
  const startTime = new Date(Date.now() - 60_000).toISOString();
  return {
    nodes: [1, 2].map((node) => ({
      metadata: { name: `node-${node}` },
      status: { addresses: [{ type: 'InternalIP', address: `192.168.77.${node}` }] },
    })),
    namespaces: [...new Set(pods.map(({ namespace }) => namespace))].map((name) => ({ metadata: { name } })),
    pods: pods.map((pod) => ({
      metadata: { name: pod.name, namespace: pod.namespace, labels: { app: pod.app } },
      spec: { nodeName: `node-${pod.node}`, containers: [{ name: 'main' }] },
      status: { phase: 'Running', podIP: addressOf(pod), startTime },
    })),
    services: services.map(({ name, namespace, clusterIp, app, nodePort }) => ({
      metadata: { name, namespace, creationTimestamp: startTime },
      spec: { clusterIP: clusterIp, selector: { app }, ports: [{ port: 80, targetPort: SERVER_PORT, nodePort }] },
    })),
    endpointslices: services.map(({ name, namespace, app }) => ({
      metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
      endpoints: pods.filter((pod) => pod.app === app).map((pod) => ({ addresses: [addressOf(pod)] })),
      ports: [{ port: SERVER_PORT }],
    })),
  };
}
