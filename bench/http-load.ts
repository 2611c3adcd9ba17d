/** HTTP on loopback as the benchmarks want it: nginx that answers JSON, and wrk or a paced client that asks. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const nginxConf = (port: number) => `daemon off; pid nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  server {
    listen 127.0.0.1:${port};
    location / {
      default_type application/json;
      add_header X-Request-Id $request_id;
      return 200 '{"id":7,"name":"product","price":70,"text":"${'lorem ipsum '.repeat(20)}"}';
    }
  }
}
`;

/** What wrk asks for: scripts of its own language. */
export type Asking = 'paths' | 'services';

const scripts: Readonly<Record<Asking, string>> = {
  /** As little as HTTP needs. */
  paths:
    'local n = 0\nrequest = function() n = n + 1; return wrk.format("GET", "/products/" .. (n % 500) .. "?page=" .. (n % 7)) end\n',
  /** One service asking another, as clients do: a trace and an id for each call, a token, every fifth call with a body. */
  services: `
local token = "Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ." .. string.rep("eyJzdWIiOiJjaGVja291dCIs", 8) .. "." .. string.rep("Zx3-qP_9", 20)
local digits = function(count) local text = ""; for i = 1, count / 4 do text = text .. string.format("%04x", math.random(0, 65535)) end; return text end
local n = 0
request = function()
  n = n + 1
  local headers = {
    ["Host"] = "products.shop.svc.cluster.local:8080",
    ["User-Agent"] = "Go-http-client/1.1",
    ["Accept"] = "application/json",
    ["Accept-Encoding"] = "gzip",
    ["Authorization"] = token,
    ["traceparent"] = "00-" .. digits(32) .. "-" .. digits(16) .. "-01",
    ["X-Request-Id"] = digits(8) .. "-" .. digits(4) .. "-4" .. digits(4):sub(2) .. "-a" .. digits(4):sub(2) .. "-" .. digits(12),
    ["X-Forwarded-For"] = "10.244." .. (n % 3) .. "." .. (n % 50),
  }
  if n % 5 > 0 then return wrk.format("GET", "/products/" .. (n % 500) .. "?page=" .. (n % 7), headers) end
  headers["Content-Type"] = "application/json"
  return wrk.format("POST", "/orders", headers, '{"product":' .. (n % 500) .. ',"quantity":' .. (1 + n % 3) .. ',"address":{"city":"Haifa","street":"Allenby 7"},"note":""}')
end
`,
};

/** Starts nginx; answers when it listens. */
export async function startNginx(folder: string, port: number): Promise<ChildProcess> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'nginx.conf'), nginxConf(port));
  const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf'], { stdio: 'ignore' });
  for (;;) {
    // Somebody else's server on this port would answer too.
    if (nginx.exitCode !== null) throw new Error('nginx does not start');
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    await wait(20);
    if (isThere && nginx.exitCode === null) return nginx;
  }
}

/** Runs wrk with 128 connections; answers how many requests were answered. */
export async function runWrk(
  folder: string,
  port: number,
  { seconds, asking }: { readonly seconds: number; readonly asking: Asking },
): Promise<number> {
  const script = path.join(folder, `${asking}.lua`);
  writeFileSync(script, scripts[asking]);
  const args = ['-t', '1', '-c', '128', '-d', `${seconds}s`, '-s', script, `http://127.0.0.1:${port}/`];
  const wrk = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const [said] = await Promise.all([wrk.stdout.setEncoding('utf8').toArray(), once(wrk, 'exit')]);
  return Number(/(\d+) requests in/.exec(said.join(''))?.[1] ?? 0);
}

const REQUEST = 'GET /products/7?page=1 HTTP/1.1\r\nHost: shop\r\n\r\n';
const CLIENTS = 32;
const STEP_MILLIS = 5;

/** Asks at a steady rate over kept connections, never two at once on one; answers how many were asked. */
export async function runPaced(port: number, perSecond: number, seconds: number): Promise<number> {
  const free: Socket[] = [];
  const sockets = await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      // An answer is one segment here.
      socket.on('data', () => free.push(socket));
      free.push(socket);
      return socket;
    }),
  );
  let asked = 0;
  const began = performance.now();
  for (let due = 0; due < perSecond * seconds; ) {
    await wait(STEP_MILLIS);
    due = Math.floor(Math.min(seconds, (performance.now() - began) / 1000) * perSecond);
    for (; asked < due; asked += 1) {
      const socket = free.shift();
      if (socket === undefined) break;
      socket.write(REQUEST);
    }
  }
  await wait(200);
  for (const socket of sockets) socket.destroy();
  return asked;
}
