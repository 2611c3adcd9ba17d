/**
 * A real API server with etcd, for `pnpm test:kube`: KUBE_APISERVER names the program (scripts/test-kube.ts
 * builds it). Nothing runs on it; it keeps objects and lets them be watched.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ApiServer } from '../api-server.ts';

export const realApiServer = process.env['KUBE_APISERVER'];

const START_MILLIS = 120_000;
const tokens = { admin: 'admin-token', hub: 'hub-token' } as const;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export class RealApiServer {
  readonly url: string;
  readonly caFile: string;
  readonly directory: string;
  readonly #etcd: string;
  readonly #children: readonly ChildProcess[];

  private constructor(
    { url, etcd, directory }: { readonly url: string; readonly etcd: string; readonly directory: string },
    children: readonly ChildProcess[],
  ) {
    this.url = url;
    this.#etcd = etcd;
    this.directory = directory;
    this.caFile = path.join(directory, 'certs/apiserver.crt');
    this.#children = children;
  }

  static async start(program: string): Promise<RealApiServer> {
    const directory = await mkdtemp(path.join(tmpdir(), 'kubeshark-apiserver-'));
    const [etcd, peer, port] = [await freePort(), await freePort(), await freePort()];
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const keyFile = path.join(directory, 'service-account.key');
    await writeFile(keyFile, privateKey.export({ type: 'pkcs1', format: 'pem' }));
    const tokenLines = `${tokens.admin},admin,1,"system:masters"\n${tokens.hub},system:serviceaccount:kubeshark:kubeshark,2\n`;
    await writeFile(path.join(directory, 'tokens.csv'), tokenLines);
    for (const [name, token] of Object.entries(tokens)) await writeFile(path.join(directory, name), token);
    const etcdUrl = `http://127.0.0.1:${etcd}`;
    const peerUrl = `http://127.0.0.1:${peer}`;
    const children = [
      spawn('etcd', [
        ...['--data-dir', path.join(directory, 'etcd'), '--log-level', 'error'],
        ...['--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl],
        ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
        ...['--initial-cluster', `default=${peerUrl}`],
      ]),
      spawn(program, [
        `--etcd-servers=${etcdUrl}`,
        `--secure-port=${port}`,
        '--insecure-port=0',
        '--bind-address=127.0.0.1',
        `--cert-dir=${path.join(directory, 'certs')}`,
        `--token-auth-file=${path.join(directory, 'tokens.csv')}`,
        '--authorization-mode=RBAC',
        `--service-account-key-file=${keyFile}`,
        `--service-account-signing-key-file=${keyFile}`,
        '--service-account-issuer=https://kubeshark.test',
        '--service-cluster-ip-range=10.96.0.0/16',
        '--disable-admission-plugins=ServiceAccount',
        // Watches of pods are etcd's own, so that what it has forgotten is forgotten.
        '--watch-cache-sizes=pods#0',
      ]),
    ];
    for (const child of children) child.stderr?.resume();
    const server = new RealApiServer({ url: `https://127.0.0.1:${port}`, etcd: etcdUrl, directory }, children);
    try {
      await server.#answering();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** A client with the rights of a cluster's administrator, or of the hub's service account. */
  connect(who: keyof typeof tokens): Promise<ApiServer> {
    return ApiServer.connect({ url: this.url, caFile: this.caFile, tokenFile: path.join(this.directory, who) });
  }

  /** Has etcd forget everything before this version. */
  async compact(version: string): Promise<void> {
    const answer = await fetch(`${this.#etcd}/v3/kv/compaction`, {
      method: 'POST',
      body: JSON.stringify({ revision: version, physical: true }),
    });
    if (!answer.ok) throw new Error(`etcd does not compact: ${await answer.text()}`);
  }

  async close(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(this.directory, { recursive: true, force: true });
  }

  async #answering(): Promise<void> {
    const until = performance.now() + START_MILLIS;
    for (;;) {
      try {
        const client = await this.connect('admin');
        // The namespace appears when the server has made its own objects.
        await client.json({ path: '/api/v1/namespaces/default', signal: AbortSignal.timeout(5_000) });
        client.close();
        return;
      } catch (error) {
        if (performance.now() > until || this.#children.some(({ exitCode }) => exitCode !== null)) throw error;
        await setTimeout(200);
      }
    }
  }
}
