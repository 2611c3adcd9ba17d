import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import {
  helperBehind,
  helperPlace,
  namespace,
  run,
  Watched,
  whyNoCapture,
  whyNoNamespaces,
} from '../testing/capturing.ts';
import { openHelper } from './helper.ts';
import { helperProgram } from './helper-binary.ts';
import { HelperProcess } from './helper-process.ts';
import { packetFilter, programText } from './packet-filter.ts';
import { isRefusal } from './source.ts';

const noCapture = await whyNoCapture();
const noNamespaces = noCapture ?? whyNoNamespaces();
const live = test.skipIf(noCapture !== undefined);
const namespaced = test.skipIf(noNamespaces !== undefined);
const named = (title: string, reason: string | undefined) => (reason === undefined ? title : `${title}: ${reason}`);

/** A port of loopback where nobody else's packets go. */
async function receiver() {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  const { port } = socket.address();
  const send = (text: string) =>
    new Promise<void>((resolve) => {
      socket.send(text, port, '127.0.0.1', () => resolve());
    });
  return { port, send };
}

/** The one helper that this process has started. */
function helperPid(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  const pid = children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8') === 'kubeshark-helpe\n');
  return Number(pid);
}

const statusOf = (pid: number, name: string) =>
  new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

const numbered = (count: number) => Array.from({ length: count }, (_, n) => `packet ${n}`);

live.each([['lo'], ['any']])(
  named('on %s nothing is lost, each packet comes once, in order, and they are counted', noCapture),
  async (name) => {
    const { port, send } = await receiver();
    const watched = await Watched.open({ interfaces: [name], filter: `udp dst port ${port}` });
    const sent = numbered(3000);
    for (const text of sent) await send(text);
    await watched.until(() => watched.frames.length >= sent.length);
    await watched.source.close();
    await watched.ended;
    expect(watched.texts).toEqual(sent);
    expect(new Set(watched.frames.map((frame) => `${frame.interface} ${frame.linkType}`))).toEqual(new Set(['lo 276']));
  },
);

live(named('the kernel’s counts come each second', noCapture), async () => {
  const { port, send } = await receiver();
  const watched = await Watched.open({ interfaces: ['lo'], filter: `udp dst port ${port}` });
  for (const text of numbered(10)) await send(text);
  await watched.until(() => watched.source.counters().received === 10);
  expect(watched.source.counters()).toMatchObject({ received: 10, droppedByKernel: 0, restarts: 0 });
  expect(watched.source.counters().bytes).toBeGreaterThan(10 * 28);
});

live(
  named('traffic with a listener that is to be left out is not seen, without tcpdump’s help', noCapture),
  async () => {
    const { port, send } = await receiver();
    // The program itself, over UDP's protocol number, since these packets are UDP.
    const except = [{ address: '127.0.0.1', port }];
    const program = await packetFilter({ interfaces: ['lo'], except });
    if ('refused' in program) throw new Error(program.refused);
    const built = await helperProgram(helperPlace);
    if (isRefusal(built)) throw new Error(built.refused);
    const udp = program.map(([code, jt, jf, k]) => [code, jt, jf, code === 0x15 && k === 6 ? 17 : k] as const);
    const started = await HelperProcess.start({ program: built.path, interfaces: ['lo'], filter: programText(udp) });
    if (isRefusal(started)) throw new Error(started.refused);
    let bytes = Buffer.alloc(0);
    const ended = started.read((chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
    });
    await send('left out');
    // Replaced while it runs: from here on everything is seen.
    started.filter('1\n6 0 0 262144\n');
    while (!bytes.includes('to be seen')) {
      await send('to be seen');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    started.end();
    await ended;
    expect(bytes.includes('left out')).toBe(false);
  },
);

live(named('while the filter changes, what passes all of them comes once, in order', noCapture), async () => {
  const { port, send } = await receiver();
  const other = await receiver();
  const filter = `udp dst port ${port}`;
  const watched = await Watched.open({ interfaces: ['lo'], filter });
  const sent = numbered(2000);
  const swaps: Promise<unknown>[] = [];
  for (const [n, text] of sent.entries()) {
    if (n % 100 === 50) {
      const wider = `${filter} or udp dst port ${other.port}`;
      swaps.push(
        watched.source.refilter?.({ filter: n % 200 === 50 ? wider : filter }) ?? Promise.reject(new Error('no')),
      );
    }
    await send(text);
  }
  expect(new Set(await Promise.all(swaps))).toEqual(new Set([undefined]));
  await watched.until(() => watched.frames.length >= sent.length);
  expect(watched.texts).toEqual(sent);
  expect(watched.source.counters()).toMatchObject({ restarts: 0 });
  // The last one holds for the helper that is started when this one ends, too.
  await watched.source.refilter?.({ filter: `udp dst port ${other.port}` });
  process.kill(helperPid(), 'SIGKILL');
  await watched.until(() => watched.source.counters().restarts === 1);
  await send('not any longer');
  await other.send('of the new filter');
  await watched.until(() => watched.texts.includes('of the new filter'));
  expect(watched.texts).not.toContain('not any longer');
  expect(await watched.source.refilter?.({ filter: 'nonsense' })).toMatchObject({
    refused: expect.any(String) as unknown,
  });
  await other.send('as before');
  await watched.until(() => watched.texts.includes('as before'));
});

live(named('a helper that is killed is started again, which is told, and packets come again', noCapture), async () => {
  const { port, send } = await receiver();
  const watched = await Watched.open({ interfaces: ['lo'], filter: `udp dst port ${port}` });
  await send('before');
  await watched.until(() => watched.frames.length === 1);
  process.kill(helperPid(), 'SIGKILL');
  await watched.until(() => watched.source.counters().restarts === 1);
  await send('after');
  await watched.until(() => watched.texts.includes('after'));
  expect(watched.frames.map((frame) => frame.interface)).toEqual(['lo', 'lo']);
  expect(watched.source.notes).toEqual([
    'the capture helper ended (signal SIGKILL) and was started again, once so far',
  ]);
});

live(named('the helper keeps no privilege, no inherited file, and only its own user’s reader', noCapture), async () => {
  await Watched.open({ interfaces: ['lo'], filter: 'udp port 9' });
  const pid = helperPid();
  // Dropped after the reader has connected.
  while (statusOf(pid, 'NoNewPrivs') !== '1') await new Promise((resolve) => setTimeout(resolve, 10));
  expect(['CapEff', 'CapPrm', 'CapInh', 'CapAmb'].map((set) => BigInt(`0x${statusOf(pid, set)}`))).toEqual([
    0n,
    0n,
    0n,
    0n,
  ]);
  if (process.getuid?.() === 0) expect(statusOf(pid, 'Uid')).toBe('65534\t65534\t65534\t65534');
  // Standard files, the packet socket, the reader's connection.
  expect(run('ls', `/proc/${pid}/fd`).trim().split('\n')).toHaveLength(5);
});

live(named('a helper whose agent is killed ends', noCapture), async () => {
  const built = await helperProgram(helperPlace);
  if (isRefusal(built)) throw new Error(built.refused);
  const script = `
    const { HelperProcess } = await import(${JSON.stringify(new URL('./helper-process.ts', import.meta.url).href)});
    const helper = await HelperProcess.start({ program: ${JSON.stringify(built.path)}, interfaces: ['lo'], filter: '1\\n6 0 0 96\\n' });
    void helper.read(() => undefined);
    const { readFileSync } = await import('node:fs');
    console.log(readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim());`;
  const agent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(agent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  expect(existsSync(`/proc/${pid}`)).toBe(true);
  agent.kill('SIGKILL');
  // It may stay as a zombie where nobody collects it: what counts is that it runs no more.
  const runs = () => existsSync(`/proc/${pid}`) && !statusOf(pid, 'State')?.startsWith('Z');
  while (runs()) await new Promise((resolve) => setTimeout(resolve, 20));
});

live(named('packets that nobody reads in time are dropped by the kernel and counted', noCapture), async () => {
  const { port } = await receiver();
  // A ring of 1 MiB.
  const place = { ...helperPlace, blocks: 2 };
  const watched = await Watched.open({ interfaces: ['lo'], filter: `udp dst port ${port}` }, place);
  const count = 40_000;
  const flood = `const s = require('node:dgram').createSocket('udp4'); const b = Buffer.alloc(1400); let n = 0;
    const next = () => { if (n++ === ${count}) return s.close(); s.send(b, ${port}, '127.0.0.1', next); }; next();`;
  // This thread waits for the sender, so that nothing is read meanwhile.
  spawnSync(process.execPath, ['-e', flood]);
  await watched.until(() => watched.source.counters().received === count);
  const { droppedByKernel, bufferUsed } = watched.source.counters();
  expect(droppedByKernel).toBeGreaterThan(0);
  expect(bufferUsed).toBeGreaterThan(0);
  await watched.until(() => watched.frames.length + (droppedByKernel ?? 0) === count);
});

live.each([
  ['an interface that is not there', { interfaces: ['no-such-if'] }, 'there is no interface no-such-if'],
  ['a filter that is none', { interfaces: ['lo'], filter: 'tcp port' }, 'the packet filter is wrong'],
  ['a filter that asks for Ethernet', { interfaces: ['lo'], filter: 'ether proto 0x88cc' }, 'packet filter'],
])(named('%s is refused in one line', noCapture), async (_name, options, reason) => {
  const opened = await openHelper(options, helperPlace);
  if (!isRefusal(opened)) throw new Error('it was opened');
  expect(opened.refused).toContain(reason);
});

live.each([
  ['no number', 'many\n', 'no packet filter on standard input'],
  ['no instruction', '1\n6 0 0\n', 'no packet filter on standard input'],
  ['a number beyond its field', '1\n6 256 0 0\n', 'no packet filter on standard input'],
  ['more instructions than there may be', '4001\n', 'no packet filter on standard input'],
  ['a line without end', '6'.repeat(200), 'no packet filter on standard input'],
  ['something behind an instruction', '1\n6 0 0 96 x\n', 'no packet filter on standard input'],
  ['a jump out of the program', '2\n21 200 200 0\n6 0 0 96\n', 'the kernel does not take the packet filter'],
  ['a program without end', '1\n48 0 0 0\n', 'the kernel does not take the packet filter'],
])(named('a filter with %s is refused by the helper', noCapture), async (_name, filter, reason) => {
  const built = await helperProgram(helperPlace);
  if (isRefusal(built)) throw new Error(built.refused);
  const started = await HelperProcess.start({ program: built.path, interfaces: ['lo'], filter });
  if (!isRefusal(started)) throw new Error('it was taken');
  expect(started.refused).toContain(reason);
});

test.skipIf(noCapture !== undefined || process.getuid?.() !== 0)(
  named('without permission it is refused, with the command that gives it', noCapture),
  async () => {
    const place = await helperBehind('setpriv', '--reuid=65534', '--clear-groups');
    expect(await openHelper({ interfaces: ['lo'] }, place)).toMatchObject({
      refused: 'capturing packets is not permitted for this user',
      fix: expect.stringContaining('setcap cap_net_raw=ep'),
    });
  },
);

/** Two namespaces, and pairs of interfaces that join them; what is sent goes from the first to the second. */
function pair() {
  const [here, there] = [namespace(), namespace()];
  const join = (name: string, net = '10.99.0') => {
    run('ip', '-n', here, 'link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', there);
    for (const [end, address] of [
      [here, `${net}.1/24`],
      [there, `${net}.2/24`],
    ] as const) {
      run('ip', '-n', end, 'addr', 'add', address, 'dev', name);
      run('ip', '-n', end, 'link', 'set', name, 'up');
    }
  };
  const send = (text: string, to = '10.99.0.2') =>
    run('ip', 'netns', 'exec', here, 'bash', '-c', `echo -n "${text}" >/dev/udp/${to}/4000`);
  return { here, there, join, send };
}

namespaced(
  named('an interface that vanishes is told, and read again when it is back', noNamespaces),
  async () => {
    const { here, join, send } = pair();
    join('veth7');
    const place = await helperBehind('ip', 'netns', 'exec', here);
    const watched = await Watched.open({ interfaces: ['veth7'], filter: 'udp port 4000' }, place);
    send('first');
    await watched.until(() => watched.texts.includes('first'));
    run('ip', '-n', here, 'link', 'delete', 'veth7');
    await watched.until(() => watched.source.notes.length > 0);
    expect(watched.source.notes).toEqual(['interface veth7 is gone; its packets are read again when it is back']);
    join('veth7');
    await watched.until(() => watched.source.notes.length === 0);
    send('second');
    await watched.until(() => watched.texts.includes('second'));
    expect(watched.source.counters().restarts).toBe(0);
    expect(new Set(watched.frames.map((frame) => frame.interface))).toEqual(new Set(['veth7']));
  },
  60_000,
);

namespaced(
  named('of several interfaces, only the named ones are read, each by its name', noNamespaces),
  async () => {
    const { here, join, send } = pair();
    for (const [n, name] of ['veth7', 'veth8', 'veth9'].entries()) join(name, `10.99.${n}`);
    const place = await helperBehind('ip', 'netns', 'exec', here);
    const watched = await Watched.open({ interfaces: ['veth8', 'veth9'], filter: 'udp port 4000' }, place);
    send('on loopback', '127.0.0.1');
    send('over veth7', '10.99.0.2');
    send('over veth9', '10.99.2.2');
    send('over veth8', '10.99.1.2');
    await watched.until(() => watched.frames.length === 2);
    expect(watched.frames.map((frame, n) => [frame.interface, watched.texts[n]])).toEqual([
      ['veth9', 'over veth9'],
      ['veth8', 'over veth8'],
    ]);
  },
  60_000,
);

namespaced(
  named('any sees every interface of a namespace, and loopback once', noNamespaces),
  async () => {
    const { here, join, send } = pair();
    for (const [n, name] of ['veth7', 'veth8'].entries()) join(name, `10.99.${n}`);
    const place = await helperBehind('ip', 'netns', 'exec', here);
    const watched = await Watched.open({ interfaces: ['any'], filter: 'udp port 4000' }, place);
    send('over veth7', '10.99.0.2');
    send('on loopback', '127.0.0.1');
    send('over veth8', '10.99.1.2');
    await watched.until(() => watched.texts.includes('over veth8'));
    expect(watched.frames.map((frame, n) => [frame.interface, watched.texts[n]])).toEqual([
      ['veth7', 'over veth7'],
      ['lo', 'on loopback'],
      ['veth8', 'over veth8'],
    ]);
  },
  60_000,
);

const hasPython = spawnSync('python3', ['--version']).error === undefined;
const noPython = noNamespaces ?? (hasPython ? undefined : 'python3 is not installed');

test.skipIf(noPython !== undefined)(
  named('a VLAN tag that the kernel took off is put back', noPython),
  async () => {
    const { here, there, join } = pair();
    join('veth7');
    const place = await helperBehind('ip', 'netns', 'exec', there);
    const watched = await Watched.open({ interfaces: ['veth7'] }, place);
    // Broadcast, tagged with VLAN 7, an IPv4 header.
    const frame = `ffffffffffff 020000000001 8100 0007 0800 4500001c00000000401100000a0000010a000002${'00'.repeat(8)}`;
    const send = `s.bind(('veth7', 0)); s.send(bytes.fromhex('${frame}'))`;
    const script = `import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); ${send}`;
    run('ip', 'netns', 'exec', here, 'python3', '-c', script);
    const tagged = () => watched.frames.find(({ packet }) => packet.subarray(4).toString('hex').startsWith('4500001c'));
    await watched.until(() => tagged() !== undefined);
    expect(tagged()?.packet.subarray(0, 4).toString('hex')).toBe('00070800');
  },
  60_000,
);
