import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { Entry } from '@kubeshark/model';
import { expect, test } from 'vitest';
import { EndNamer } from './name-ends.ts';
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

const entry = (id: string, src: number, dst: number): Entry =>
  ({ id, src: { ip: '127.0.0.1', port: src }, dst: { ip: '127.0.0.1', port: dst } }) as unknown as Entry;

test('both ends of a real connection of this process are found, in order and once asked', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const named: Entry[] = [];
  const done = new Promise<void>((resolve) => {
    const namer = new EndNamer(new ProcessTable(), (one) => {
      named.push(one);
      if (named.length === 2) resolve();
    });
    namer.take(entry('1', socket.localPort ?? 0, port));
    namer.take(entry('2', socket.localPort ?? 0, port));
  });
  await done;
  expect(named.map(({ id }) => id)).toEqual(['1', '2']);
  for (const { src, dst } of named) expect([src.pid, dst.pid]).toEqual([process.pid, process.pid]);
  expect(named[0]?.dst.name).toBe(named[0]?.dst.process);
  socket.destroy();
  server.close();
});

test('an end that nobody holds leaves without a name and is not asked for again at once', async () => {
  const table = new ProcessTable();
  const first = await new Promise<Entry>((resolve) => new EndNamer(table, resolve).take(entry('1', 1, 2)));
  expect(first.src.process).toBeUndefined();
  expect(table.isWorthAsking('127.0.0.1', 1)).toBe(false);
});

test('ends of other machines are never looked for', () => {
  expect(new ProcessTable().isWorthAsking('192.0.2.1', 443)).toBe(false);
});

test('where there is no /proc, entries pass as they are', async () => {
  const table = new ProcessTable('/nonexistent');
  const passed = await new Promise<Entry>((resolve) => new EndNamer(table, resolve).take(entry('1', 1, 2)));
  expect(passed).toEqual(entry('1', 1, 2));
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
  const named = await new Promise<Entry>((resolve) => new EndNamer(table, resolve).take(entry('1', remotePort, port)));
  expect([named.src.pid, named.dst.pid]).toEqual([client.pid, process.pid]);
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
