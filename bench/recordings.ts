/** Captures the benchmarks read: recorded once from real programs on loopback and kept in .cache/bench. */

import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:http2';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import { type Asking, runWrk, startNginx } from './http-load.ts';

const folder = path.resolve(import.meta.dirname, '../.cache/bench');
/** tshark reads HTTP on this port without being told. */
const HTTP_PORT = 8088;
const ROUND_SECONDS = 10;

/** HTTP keep-alive with next to no header fields: wrk's 128 connections against nginx, some four million packets. */
export const httpKeepAlive = (): Promise<string> => recordHttp('http-keep-alive', 'paths', 1_350_000_000);

/** The same for three times as long, so that next to nothing of it is the start. */
export const httpForLong = (): Promise<string> => recordHttp('http-keep-alive-long', 'paths', 4_050_000_000);

/** As many packets as the first with the fields that services in a cluster send, a token and a trace among them, and some bodies. */
export const httpServices = (): Promise<string> => recordHttp('http-services-long', 'services', 2_700_000_000);

async function recordHttp(name: string, asking: Asking, enoughBytes: number): Promise<string> {
  const file = path.join(folder, `${name}.pcap`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const nginx = await startNginx(folder, HTTP_PORT);
  const partial = `${file}.partial`;
  const tcpdump = spawn('tcpdump', ['-i', 'lo', '-B', '65536', '-Z', 'root', '-w', partial, `tcp port ${HTTP_PORT}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(tcpdump.stderr, 'data');
  while (!existsSync(partial) || statSync(partial).size < enoughBytes) {
    await runWrk(folder, HTTP_PORT, { seconds: ROUND_SECONDS, asking });
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
/** Two queries each, and their answers: 4,800,000 packets, so that the start is not what is measured. */
const LOOKUPS = 1_200_000;
const AT_ONCE = 64;

/** DNS as glibc asks it: A and AAAA from one fresh port, names of a cluster, every fifth unknown; dnsmasq answers. */
export async function dnsLookups(): Promise<string> {
  const file = path.join(folder, 'dns-lookups-long.pcap');
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

const HTTP2_PORT = 8089;
const GRPC_PORT = 8090;
/** Half of them for nginx, half as unary gRPC: above 600,000 packets. */
const HTTP2_CALLS = 560_000;
const STREAMS_AT_ONCE = 16;

const nginxHttp2Conf = `daemon off; pid nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000; http2_max_requests 1000000;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server {
    listen 127.0.0.1:${HTTP2_PORT} http2;
    location / {
      default_type application/json;
      add_header X-Request-Id $request_id;
      return 200 '{"id":7,"name":"product","price":70}';
    }
  }
}
`;

/** HTTP/2 without TLS: Node's client against nginx, and grpc-js against itself, sixteen calls at once on a connection each. */
export async function http2Calls(): Promise<string> {
  const file = path.join(folder, 'http2-grpc.pcap');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'nginx-http2.conf'), nginxHttp2Conf);
  const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx-http2.conf'], { stdio: 'ignore' });
  const partial = `${file}.partial`;
  const filter = `tcp port ${HTTP2_PORT} or tcp port ${GRPC_PORT}`;
  const tcpdump = spawn('tcpdump', ['-i', 'lo', '-B', '65536', '-Z', 'root', '-w', partial, filter], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await once(tcpdump.stderr, 'data');
  await wait(500);
  await askNginx();
  await askGrpc();
  await wait(1500);
  tcpdump.kill('SIGINT');
  await once(tcpdump, 'exit');
  nginx.kill();
  renameSync(partial, file);
  console.log(`recorded ${path.basename(file)}: ${Math.round(statSync(file).size / 1e6)} MB`);
  return file;
}

/** Runs `ask` for every number below `count`, so many at once. */
async function inParallel(count: number, atOnce: number, ask: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < count) await ask(next++);
    }),
  );
}

async function askNginx(): Promise<void> {
  const session = connect(`http://127.0.0.1:${HTTP2_PORT}`);
  await inParallel(HTTP2_CALLS / 2, STREAMS_AT_ONCE, async (number) => {
    const stream = session.request({
      ':path': `/products/${number % 500}?page=${number % 7}`,
      accept: 'application/json',
    });
    stream.resume();
    await once(stream, 'close');
  });
  session.close();
}

async function askGrpc(): Promise<void> {
  const identity = (bytes: Buffer) => bytes;
  const serializers = {
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  };
  const method = '/shop.v1.Orders/Get';
  const server = new Server();
  server.addService(
    { get: { path: method, requestStream: false, responseStream: false, ...serializers } },
    { get: (_: unknown, answer: (error: null, value: Buffer) => void) => answer(null, orderMessage) },
  );
  await promisify(server.bindAsync.bind(server))(`127.0.0.1:${GRPC_PORT}`, ServerCredentials.createInsecure());
  const client = new Client(`127.0.0.1:${GRPC_PORT}`, credentials.createInsecure());
  await inParallel(HTTP2_CALLS / 2, STREAMS_AT_ONCE, (number) => {
    // Field 1: the id, a varint.
    const request = Buffer.from([0x08, number & 0x7f]);
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(method, identity, identity, request, (error) =>
        error === null ? resolve() : reject(error),
      );
    });
  });
  client.close();
  server.forceShutdown();
}

/** Field 1: 7; field 2: `SKU-1`; field 3: a message with a price. */
const orderMessage = Buffer.from([0x08, 7, 0x12, 5, ...Buffer.from('SKU-1'), 0x1a, 2, 0x08, 70]);
