/**
 * What kubectl does on the way to a hub, for tests: `config current-context`, `get service`, and a port-forward that really
 * carries bytes. FAKE_CONTEXT and FAKE_HUB_PORT say what there is; FAKE_LOG takes the words of each call.
 */

import { appendFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';

const words = process.argv.slice(2);
const { FAKE_CONTEXT = '', FAKE_HUB_PORT = '', FAKE_LOG = '', FAKE_SILENT = '' } = process.env;
if (FAKE_LOG !== '') appendFileSync(FAKE_LOG, `${words.join(' ')}\n`);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

if (words.includes('current-context')) {
  if (FAKE_CONTEXT === '') fail('error: current-context is not set');
  process.stdout.write(`${FAKE_CONTEXT}\n`);
} else if (words.includes('get')) {
  if (FAKE_CONTEXT === 'away') fail('Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout');
  if (FAKE_HUB_PORT === '') fail('Error from server (NotFound): services "kubeshark-front" not found');
  process.stdout.write('service/kubeshark-front\n');
} else if (words.includes('port-forward')) {
  if (FAKE_CONTEXT === 'no-pod')
    fail('error: unable to forward port because pod is not running. Current status=Pending');
  const server = createServer((socket) => {
    const hub = connect(Number(FAKE_HUB_PORT), '127.0.0.1');
    socket.pipe(hub).pipe(socket);
    socket.on('error', () => hub.destroy());
    hub.on('error', () => socket.destroy());
  });
  const port = Number(/^(\d*):80$/.exec(words.at(-1) ?? '')?.[1] || 0);
  server.listen(port, '127.0.0.1', () => {
    const { port: chosen } = server.address() as AddressInfo;
    if (FAKE_SILENT === '')
      process.stdout.write(`Forwarding from 127.0.0.1:${chosen} -> 8080\nForwarding from [::1]:${chosen} -> 8080\n`);
  });
} else fail(`unknown command ${words.join(' ')}`);
