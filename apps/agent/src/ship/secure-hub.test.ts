/** An agent process whose hub is behind TLS, as behind an ingress of another cluster. */

import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createServer } from 'node:tls';
import { EntryPage } from '@kubeshark/contract';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type HubProcess, startHubProcess } from '../testing/hub-process.ts';

const capture = path.join(import.meta.dirname, '../../../../packages/capture/fixtures/http/pipelined-gets/input.pcap');
const PATIENCE = { timeout: 60_000, interval: 200 };

function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'kubeshark-secure-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Ends TLS in front of a hub, with a certificate for localhost that nobody knows. */
async function secured(hub: HubProcess, directory: string) {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(directory, name)) as [string, string];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (client) => {
    const inner = connect(hub.port, '127.0.0.1');
    client.pipe(inner).pipe(client);
    for (const each of [client, inner]) each.on('error', () => [client, inner].map((socket) => socket.destroy()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `https://localhost:${(server.address() as AddressInfo).port}`, cert };
}

function startAgent(hubUrl: string, directory: string, env: Readonly<Record<string, string>>) {
  const agent = fork(new URL('../main.ts', import.meta.url).pathname, {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: {
      ...process.env,
      KUBESHARK_HUB_URL: hubUrl,
      KUBESHARK_READ: capture,
      KUBESHARK_SPOOL_DIR: path.join(directory, 'spool'),
      ...env,
    },
  });
  const told = { text: '' };
  agent.stderr?.on('data', (text: Buffer) => {
    told.text += text.toString();
  });
  onTestFinished(() => void agent.kill('SIGKILL'));
  return { agent, told };
}

test('an agent ships to an https address whose authority it is told, and to no other', {
  timeout: 180_000,
}, async () => {
  const directory = temporaryDirectory();
  const hub = await startHubProcess(path.join(directory, 'data'));
  onTestFinished(() => hub.kill('SIGKILL'));
  const { url, cert } = await secured(hub, directory);
  const rows = async () => EntryPage.parse(await (await fetch(`${hub.url}/api/entries?limit=1000`)).json()).rows;

  const stranger = startAgent(url, directory, {});
  await vi.waitFor(
    () => expect(stranger.told.text).toMatch(/does not answer \(self-signed certificate.*entries wait/),
    PATIENCE,
  );
  expect(await rows()).toEqual([]);
  stranger.agent.kill('SIGTERM');
  await once(stranger.agent, 'exit');

  const { agent, told } = startAgent(url, directory, { NODE_EXTRA_CA_CERTS: cert });
  const [code] = (await once(agent, 'exit')) as [number | null];
  expect(code, told.text).toBe(0);
  expect(await rows()).not.toEqual([]);
});
