/** `pnpm bench [NAME…]`: runs the named benchmarks, all without a name. */

import { browser } from './browser.ts';
import { cassandra, ldap, memcached, redis, thrift } from './caches.ts';
import { capture, captureForLong } from './capture.ts';
import { cluster } from './cluster.ts';
import { mongodb, mysql, postgres, tds } from './databases.ts';
import { dns } from './dns.ts';
import { http2 } from './http2.ts';
import { hub } from './hub.ts';
import { kfl } from './kfl.ts';
import { live } from './live.ts';
import { mixed } from './mixed.ts';
import { diameter, dubbo, radius } from './peers.ts';
import { kafka, mqtt, nats, rabbitmq, stomp } from './queues.ts';
import { recording } from './recording.ts';
import { replaySchedule } from './replay.ts';
import { soak } from './soak.ts';
import { store } from './store.ts';

const benches: Readonly<Record<string, () => Promise<void>>> = {
  browser,
  capture,
  'capture-long': captureForLong,
  cassandra,
  cluster,
  diameter,
  dns,
  dubbo,
  http2,
  hub,
  kafka,
  kfl,
  ldap,
  live,
  memcached,
  mixed,
  mongodb,
  mqtt,
  mysql,
  nats,
  postgres,
  rabbitmq,
  radius,
  recording,
  redis,
  replay: replaySchedule,
  soak,
  stomp,
  store,
  tds,
  thrift,
};

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  const bench = benches[name];
  if (bench === undefined) {
    console.error(`no benchmark ${name}; there are: ${Object.keys(benches).join(', ')}`);
    process.exitCode = 2;
    continue;
  }
  await bench();
}
