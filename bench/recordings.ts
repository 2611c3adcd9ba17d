/** Captures the benchmarks read: recorded once from real programs on loopback and kept in .cache/bench. */

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { runWrk, startNginx } from './http-load.ts';

const folder = path.resolve(import.meta.dirname, '../.cache/bench');
/** tshark reads HTTP on this port without being told. */
const HTTP_PORT = 8088;
const ROUND_SECONDS = 10;
/** Above 600,000 packets. */
const ENOUGH_BYTES = 225_000_000;

/** HTTP keep-alive: wrk's 128 connections against nginx, above 600,000 packets. */
export async function httpKeepAlive(): Promise<string> {
  const file = path.join(folder, 'http-keep-alive.pcap');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const nginx = await startNginx(folder, HTTP_PORT);
  const partial = `${file}.partial`;
  const tcpdump = spawn('tcpdump', ['-i', 'lo', '-B', '65536', '-Z', 'root', '-w', partial, `tcp port ${HTTP_PORT}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(tcpdump.stderr, 'data');
  while (!existsSync(partial) || statSync(partial).size < ENOUGH_BYTES) {
    await runWrk(folder, HTTP_PORT, ROUND_SECONDS);
  }
  await wait(1500);
  tcpdump.kill('SIGINT');
  await once(tcpdump, 'exit');
  nginx.kill();
  renameSync(partial, file);
  console.log(`recorded ${path.basename(file)}: ${Math.round(statSync(file).size / 1e6)} MB`);
  return file;
}

/** tshark reads DNS on this port without being told. */
const DNS_PORT = 53;
/** An address of loopback where no resolver of the machine listens. */
const DNS_ADDRESS = '127.9.0.53';
/** Two queries each, and their answers: 400,000 packets. */
const LOOKUPS = 100_000;
const AT_ONCE = 64;

/** DNS as glibc asks it: A and AAAA from one fresh port, names of a cluster, every fifth unknown; dnsmasq answers. */
export async function dnsLookups(): Promise<string> {
  const file = path.join(folder, 'dns-lookups.pcap');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const options = ['--conf-file=/dev/null', '--pid-file=', '--no-daemon', '--no-resolv', '--no-hosts', '--user=root'];
  const records = ['--local=/cluster.local/', '--bind-interfaces', `--listen-address=${DNS_ADDRESS}`].concat(
    Array.from({ length: 200 }, (_, i) => `--host-record=${serviceName(i)},10.96.0.${i},fd00::${i}`),
  );
  const dnsmasq = spawn('dnsmasq', [...options, ...records], { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(dnsmasq.stderr, 'data');
  const partial = `${file}.partial`;
  const filter = `host ${DNS_ADDRESS} and udp port ${DNS_PORT}`;
  const tcpdump = spawn('tcpdump', ['-i', 'lo', '-B', '65536', '-Z', 'root', '-w', partial, filter], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(tcpdump.stderr, 'data');
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < LOOKUPS) await lookUp(next++);
    }),
  );
  await wait(1500);
  tcpdump.kill('SIGINT');
  await once(tcpdump, 'exit');
  dnsmasq.kill();
  renameSync(partial, file);
  console.log(`recorded ${path.basename(file)}: ${Math.round(statSync(file).size / 1e6)} MB`);
  return file;
}

const serviceName = (i: number) => `service-${i}.shop.svc.cluster.local`;

async function lookUp(number: number): Promise<void> {
  const name = number % 5 === 0 ? `missing-${number % 50}.shop.svc.cluster.local` : serviceName(number % 200);
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const answered = new Promise<void>((resolve) => {
    let answers = 0;
    socket.on('message', () => {
      if (++answers === 2) resolve();
    });
    // A lost datagram must not end the recording.
    setTimeout(resolve, 2000).unref();
  });
  for (const type of [1, 28]) {
    const header = [(number >> 8) & 0xff, number & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    socket.send(Buffer.from([...header, ...labels, 0, 0, type, 0, 1]), DNS_PORT, DNS_ADDRESS);
  }
  await answered;
  socket.close();
}
