import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { createServer as createSecureServer, Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AgentMessage, PACKET_WINDOW } from '@kubeshark/contract';
import { expect, onTestFinished, test, vi } from 'vitest';
import { findProgram } from '../../../../scripts/system-packages.ts';
import { helperPlace, whyNoCapture } from '../testing/capturing.ts';
import { startHubProcess } from '../testing/hub-process.ts';
import { type PacketLink, PacketRequests } from './packet-requests.ts';
import { MIN_RING_BYTES, RawRing } from './raw-ring.ts';

/** Real processes on a loaded machine. */
const PATIENCE = { timeout: 60_000, interval: 200 };
const noCapture = await whyNoCapture();
const noShark = findProgram('tshark') === undefined ? 'tshark is not installed' : undefined;
const hindrance = noCapture ?? noShark;

function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'kubeshark-packets-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A plain server and one that speaks TLS and logs its keys; both on ports of their own. */
async function startServers(directory: string) {
  const [key, cert, log] = ['key.pem', 'cert.pem', 'keys.log'].map((name) => path.join(directory, name)) as [
    string,
    string,
    string,
  ];
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  writeFileSync(log, '');
  const plain = createServer((asked, answer) => answer.end(`plain ${asked.url}`)).listen(0, '127.0.0.1');
  const files = { key: execFileSync('cat', [key]), cert: execFileSync('cat', [cert]) };
  const secure = createSecureServer(files, (asked, answer) => answer.end(`secret ${asked.url}`));
  secure.on('keylog', (line: Buffer) => appendFileSync(log, line));
  secure.listen(0, '127.0.0.1');
  await Promise.all([once(plain, 'listening'), once(secure, 'listening')]);
  onTestFinished(() => {
    for (const server of [plain, secure]) server.close().closeAllConnections();
  });
  const portOf = (server: { address(): unknown }) => (server.address() as { port: number }).port;
  return { plain: portOf(plain), secure: portOf(secure), log };
}

const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

async function call(scheme: 'http' | 'https', port: number, target: string): Promise<void> {
  const options = { host: '127.0.0.1', port, path: target, agent: agents[scheme], rejectUnauthorized: false };
  const outgoing = scheme === 'http' ? httpRequest(options) : httpsRequest(options);
  const [answer] = (await once(outgoing.end(), 'response')) as [NodeJS.ReadableStream];
  for await (const _ of answer);
}

/** What tshark reads of a capture file, a line for each packet that has the field. */
function shark(file: string, field: string, filter: string): string[] {
  const words = ['-r', file, '-Y', filter, '-T', 'fields', '-e', field];
  return execFileSync('tshark', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\n')
    .filter((line) => line !== '');
}

test.skipIf(hindrance !== undefined)(
  `a recording holds the packets of the wire with the secrets that open them, from before its start too${hindrance === undefined ? '' : `: ${hindrance}`}`,
  { timeout: 180_000 },
  async () => {
    const directory = temporaryDirectory();
    const ports = await startServers(directory);
    const hub = await startHubProcess(path.join(directory, 'data'));
    onTestFinished(() => hub.kill('SIGTERM'));
    const agent = fork(new URL('../main.ts', import.meta.url).pathname, {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...process.env,
        KUBESHARK_HUB_URL: hub.url,
        KUBESHARK_INTERFACE: 'lo',
        KUBESHARK_NODE: 'node-1',
        KUBESHARK_PACKET_FILTER: `tcp port ${ports.plain} or tcp port ${ports.secure}`,
        KUBESHARK_RING_BYTES: String(MIN_RING_BYTES),
        KUBESHARK_RING_DIR: path.join(directory, 'ring'),
        KUBESHARK_SPOOL_DIR: path.join(directory, 'spool'),
        KUBESHARK_HELPER_DIR: helperPlace.directory,
        KUBESHARK_TLS_KEYS: ports.log,
        KUBESHARK_LOG_LEVEL: 'error',
      },
    });
    onTestFinished(async () => {
      agent.kill('SIGTERM');
      if (agent.exitCode === null) await once(agent, 'exit');
    });
    const api = async (target: string, body?: object) => {
      const init = body && {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      };
      const answer = await fetch(`${hub.url}/api${target}`, init);
      expect(answer.status).toBe(200);
      return answer;
    };
    const count = async (query: string) =>
      ((await (await api(`/entries?limit=100&q=${encodeURIComponent(query)}`)).json()) as { rows: unknown[] }).rows
        .length;
    const outlook = async () => (await (await api('/packets')).json()) as { kept: { node: string }[] };
    await vi.waitFor(async () => expect((await outlook()).kept).toHaveLength(1), PATIENCE);
    // Until the capture runs nothing is seen: the first call that is ends the waiting.
    await vi.waitFor(async () => {
      await call('http', ports.plain, '/warm-up');
      expect(await count('http')).toBeGreaterThan(0);
    }, PATIENCE);

    await call('http', ports.plain, '/before');
    await call('https', ports.secure, '/before');
    await vi.waitFor(async () => expect(await count('request.path == "/before"')).toBe(2), PATIENCE);
    const start = { name: 'Both', query: 'http and request.path != "/warm-up"', preRollSeconds: 60 };
    const { id } = (await (await api('/recordings', start)).json()) as { id: string };
    await call('http', ports.plain, '/during');
    await call('https', ports.secure, '/during');
    await vi.waitFor(async () => expect(await count('request.path == "/during"')).toBe(2), PATIENCE);
    const stopped = await (await api(`/recordings/${id}/stop`, {})).json();
    expect(stopped).toMatchObject({ state: 'done', entries: 4, packets: { origin: 'captured', missing: {} } });
    expect(stopped).not.toHaveProperty('packets.rebuilt');

    const tar = path.join(directory, 'traffic.tar');
    writeFileSync(tar, Buffer.from(await (await api(`/recordings/${id}/file`)).arrayBuffer()));
    execFileSync('tar', ['-xf', tar, '-C', directory]);
    const recorded = path.join(directory, 'traffic.pcapng');
    const paths = shark(recorded, 'http.request.uri', 'http.request').toSorted();
    expect(paths.filter((target) => target !== '/warm-up')).toEqual(['/before', '/before', '/during', '/during']);
    // The handshakes are there, as nothing but the wire has them.
    expect(shark(recorded, 'tls.handshake.type', 'tls.handshake.type == 1')).not.toEqual([]);

    // The same of a query, also in the older format, and nothing secret for whoever asks for rebuilt packets.
    const export_ = async (format: string, more = '') => {
      const file = path.join(directory, `export.${format}`);
      const answer = await api(`/export?format=${format}&q=${encodeURIComponent('request.path == "/during"')}${more}`);
      writeFileSync(file, Buffer.from(await answer.arrayBuffer()));
      return file;
    };
    const pcapng = await export_('pcapng');
    expect(shark(pcapng, 'http.request.uri', 'http.request')).toContain('/during');
    expect(shark(pcapng, 'tls.record.version', 'tls').length).toBeGreaterThan(0);
    const pcap = await export_('pcap');
    expect(shark(pcap, 'http.request.uri', `http.request and tcp.port == ${ports.plain}`)).toContain('/during');
    expect(shark(pcap, 'tls.record.version', 'tls').length).toBeGreaterThan(0);
    const rebuilt = await export_('pcapng', '&packets=rebuilt');
    expect(shark(rebuilt, 'http.request.uri', 'http.request')).toEqual(['/during', '/during']);
    expect(shark(rebuilt, 'frame.interface_name', 'frame').every((name) => name === 'rebuilt')).toBe(true);
    for (const each of Object.values(agents)) each.destroy();
  },
);

/** A link that keeps what is sent over it. */
class KeptLink implements PacketLink {
  readonly messages: AgentMessage[] = [];
  readonly pieces: Uint8Array[] = [];
  readonly gone = new AbortController();
  readonly signal = this.gone.signal;
  send(message: AgentMessage): void {
    this.messages.push(message);
  }
  piece(_request: number, bytes: Uint8Array): void {
    this.pieces.push(Uint8Array.from(bytes));
  }
  get end() {
    return this.messages.find(({ type }) => type === 'packets-end');
  }
}

const START = 1_767_607_200_000_000;
const wanted = (id = `udp-10.0.0.1:5000-10.0.0.2:53-${START}`) => ({
  until: Number.MAX_SAFE_INTEGER,
  connections: [{ id, since: 0 }],
});

/** A ring with some megabytes of one UDP conversation. */
async function filledRing(): Promise<RawRing> {
  const log = { warn: (message: string) => expect.fail(message) };
  const ring = await RawRing.open({ directory: temporaryDirectory(), budgetBytes: MIN_RING_BYTES, log });
  onTestFinished(() => ring.close());
  ring.interface({ linkType: 101, snapLength: 0, name: 'eth0' });
  const bytes = Buffer.alloc(1_400);
  bytes.set([0x45, 0, 5, 120, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x13, 0x88, 0, 53]);
  bytes.writeUInt16BE(1_380, 24);
  for (let n = 0; n < 1_000; n++) {
    const frame = { bytes, start: 0, end: bytes.length, originalLength: bytes.length, interfaceId: 0, linkType: 101 };
    ring.frame({ ...frame, at: START + n });
  }
  return ring;
}

test('no more pieces are sent than the hub has taken, and the rest when it takes them', async () => {
  const ring = await filledRing();
  const requests = new PacketRequests(() => ring);
  const link = new KeptLink();
  requests.hear({ type: 'packets', request: 1, wanted: wanted() }, link);
  await vi.waitFor(() => expect(link.pieces).toHaveLength(PACKET_WINDOW), PATIENCE);
  expect(link.messages).toEqual([{ type: 'packets-found', request: 1, missing: [] }]);
  await vi.waitFor(() => {
    requests.hear({ type: 'packets-next', request: 1 }, link);
    expect(link.end).toEqual({ type: 'packets-end', request: 1, packets: 1_000 });
  }, PATIENCE);
  expect(link.pieces.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(1_000 * 1_400);
});

test.each([
  [
    'the hub wants no more',
    (requests: PacketRequests, link: KeptLink) => requests.hear({ type: 'packets-stop', request: 1 }, link),
  ],
  ['the link breaks', (_: PacketRequests, link: KeptLink) => link.gone.abort()],
] as const)('%s: nothing more is sent, and the next request is answered', async (_name, end) => {
  const ring = await filledRing();
  const requests = new PacketRequests(() => ring);
  const link = new KeptLink();
  requests.hear({ type: 'packets', request: 1, wanted: wanted() }, link);
  await vi.waitFor(() => expect(link.pieces).toHaveLength(PACKET_WINDOW), PATIENCE);
  end(requests, link);
  const next = new KeptLink();
  requests.hear({ type: 'packets', request: 1, wanted: wanted('tcp-10.0.0.9:1-10.0.0.2:2-3') }, next);
  await vi.waitFor(() => expect(next.end).toEqual({ type: 'packets-end', request: 1, packets: 0 }), PATIENCE);
  expect(next.messages[0]).toEqual({ type: 'packets-found', request: 1, missing: [0] });
  expect([link.pieces.length, link.end]).toEqual([PACKET_WINDOW, undefined]);
});

test('two hubs that ask at once get the same packets, each over its own link', async () => {
  const ring = await filledRing();
  const requests = new PacketRequests(() => ring);
  const links = [new KeptLink(), new KeptLink()] as const;
  // Both call it their first.
  for (const link of links) requests.hear({ type: 'packets', request: 1, wanted: wanted() }, link);
  await vi.waitFor(() => {
    for (const link of links) {
      requests.hear({ type: 'packets-next', request: 1 }, link);
      expect(link.end).toEqual({ type: 'packets-end', request: 1, packets: 1_000 });
    }
  }, PATIENCE);
  const [one, other] = links.map(({ pieces }) => Buffer.concat(pieces));
  expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
});

test('without a ring, and with too many requests, the answer says so', async () => {
  const requests = new PacketRequests(() => undefined);
  const link = new KeptLink();
  for (let request = 1; request <= 9; request++) requests.hear({ type: 'packets', request, wanted: wanted() }, link);
  await vi.waitFor(() => expect(link.messages).toHaveLength(9), PATIENCE);
  const reasons = link.messages.map((message) => message.type === 'packets-end' && message.reason);
  expect(new Set(reasons)).toEqual(new Set(['8 requests for packets wait already', 'no packets are kept here']));
});
