import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { EndNamer, type Talk } from './name-ends.ts';
import { type Ends, nobody } from './process.ts';
import { ProcessTable } from './process-table.ts';
import { parseSockets } from './sockets.ts';

const head = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (local: string, inode: number) =>
  `   0: ${local} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0\n`;

test.each([
  ['an IPv4 address', line('0100007F:1F90', 42), [['127.0.0.1:8080', '42']]],
  ['any address', line('00000000:0050', 7), [['*:80', '7']]],
  ['any IPv6 address', line('00000000000000000000000000000000:0050', 7), [['*:80', '7']]],
  ['IPv6 loopback', line('00000000000000000000000001000000:1F90', 8), [['::1:8080', '8']]],
  ['IPv4 inside IPv6', line('0000000000000000FFFF00000100007F:1F90', 9), [['127.0.0.1:8080', '9']]],
  ['a link-local address', line('000080FE00000000FF005450B6AD1DFE:0016', 5), [['fe80::5054:ff:fe1d:adb6:22', '5']]],
  ['a socket that is gone', line('0100007F:1F90', 0), []],
  ['a line that is none', 'what?\n', []],
])('sockets: %s', (_name, text, expected) => {
  expect(parseSockets(head + text)).toEqual(expected);
});

interface Talked extends Talk {
  readonly id: string;
}

const local = (port: number) => ({ ip: '127.0.0.1', port });
const call = (id: string, src: number, dst: number): Talked => {
  const [client, server] = [local(src), local(dst)];
  return { id, flow: { note: null, endpoint: (side) => (side === 'client' ? client : server) } };
};

/** Gives each call's id and ends to `take`, whether it had to wait or not. */
const naming = (table: ProcessTable, take: (id: string, ends: Ends) => void) =>
  new EndNamer<Talked>(table, {
    take: ({ id }, ends) => take(id, ends),
    keep:
      ({ id }) =>
      (ends) =>
        take(id, ends),
  });

const nameOf = (table: ProcessTable, one: Talked): Promise<Ends> =>
  new Promise((resolve) => naming(table, (_id, ends) => resolve(ends)).take(one));

test('both ends of a real connection of this process are found, in order and once asked', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const named: [string, number | undefined, number | undefined][] = [];
  const done = new Promise<void>((resolve) => {
    const namer = naming(new ProcessTable(), (id, { src, dst }) => {
      named.push([id, src?.pid, dst?.pid]);
      if (named.length === 2) resolve();
    });
    namer.take(call('1', socket.localPort ?? 0, port));
    namer.take(call('2', socket.localPort ?? 0, port));
  });
  await done;
  expect(named).toEqual(['1', '2'].map((id) => [id, process.pid, process.pid]));
  socket.destroy();
  server.close();
});

test('an end that nobody holds leaves without a name and is not asked for again at once', async () => {
  const table = new ProcessTable();
  expect(await nameOf(table, call('1', 1, 2))).toEqual(nobody);
  expect(table.isWorthAsking('127.0.0.1', 1)).toBe(false);
});

test('a call whose ends are known passes one that waits, and they are known of its connection from then on', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const table = new ProcessTable();
  const known = call('known', socket.localPort ?? 0, port);
  await nameOf(table, known);
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    const namer = naming(table, (id) => {
      if (order.push(id) === 3) resolve();
    });
    namer.take(call('waits', 1, 2));
    namer.take(known);
    namer.take(known);
  });
  expect(order).toEqual(['known', 'known', 'waits']);
  expect(known.flow.note).toMatchObject({ src: { pid: process.pid }, dst: { pid: process.pid } });
  socket.destroy();
  server.close();
});

test('who holds one end is known for the others it holds, without asking', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const sockets = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')] as const;
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const table = new ProcessTable();
  await table.ask([['127.0.0.1', sockets[0].localPort ?? 0]]);
  expect(table.find('127.0.0.1', sockets[1].localPort ?? 0)?.pid).toBe(process.pid);
  expect(table.isWorthAsking('127.0.0.1', port)).toBe(false);
  for (const socket of sockets) socket.destroy();
  server.close();
});

test('ends of other machines are never looked for', () => {
  expect(new ProcessTable().isWorthAsking('192.0.2.1', 443)).toBe(false);
});

test('where there is no /proc, calls pass without names', async () => {
  const table = new ProcessTable('/nonexistent');
  expect(await nameOf(table, call('1', 1, 2))).toEqual(nobody);
});

test('a process that ends right after it has connected is found when the connection is told as it begins', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const table = new ProcessTable();
  const connected = once(server, 'connection');
  const client = spawn(process.execPath, ['-e', `require('net').connect(${port}, '127.0.0.1', () => console.log())`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [socket] = (await connected) as [Socket];
  const remotePort = socket.remotePort ?? 0;
  table.began(['127.0.0.1', remotePort], ['127.0.0.1', port]);
  await table.ask([]);
  // The code it was given is no name.
  expect(table.find('127.0.0.1', remotePort)?.name).toMatch(/^(node|MainThread)$/);
  client.kill('SIGKILL');
  await once(client, 'exit');
  const { src, dst } = await nameOf(table, call('1', remotePort, port));
  expect([src?.pid, dst?.pid]).toEqual([client.pid, process.pid]);
  server.close();
});

test('a port that another process has now is that process’s', async () => {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const table = new ProcessTable();
  const first = connect(port, '127.0.0.1');
  await once(first, 'connect');
  const { localPort = 0 } = first;
  table.began(['127.0.0.1', localPort], ['127.0.0.1', port]);
  await table.ask([]);
  expect(table.find('127.0.0.1', localPort)?.pid).toBe(process.pid);
  first.resetAndDestroy();
  await once(first, 'close');
  table.began(['127.0.0.1', localPort], ['127.0.0.1', port]);
  expect(table.find('127.0.0.1', localPort)).toBeUndefined();
  await table.ask([]);
  expect(table.find('127.0.0.1', localPort)).toBeUndefined();
  server.close();
});
