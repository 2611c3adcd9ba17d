/** Every protocol the product knows, in one table: adding a row here and in capture's registry adds a protocol. */

import type { ProtocolDescriptor } from './protocol.ts';
import { cassandra } from './protocols/cassandra.ts';
import { diameter } from './protocols/diameter.ts';
import { dns } from './protocols/dns.ts';
import { dubbo } from './protocols/dubbo.ts';
import { graphql } from './protocols/graphql.ts';
import { grpc } from './protocols/grpc.ts';
import { http } from './protocols/http.ts';
import { http2 } from './protocols/http2.ts';
import { icmp } from './protocols/icmp.ts';
import { kafka } from './protocols/kafka.ts';
import { ldap } from './protocols/ldap.ts';
import { memcached } from './protocols/memcached.ts';
import { mongodb } from './protocols/mongodb.ts';
import { mqtt } from './protocols/mqtt.ts';
import { mysql } from './protocols/mysql.ts';
import { nats } from './protocols/nats.ts';
import { postgres } from './protocols/postgres.ts';
import { quic } from './protocols/quic.ts';
import { rabbitmq } from './protocols/rabbitmq.ts';
import { radius } from './protocols/radius.ts';
import { redis } from './protocols/redis.ts';
import { sctp } from './protocols/sctp.ts';
import { sse } from './protocols/sse.ts';
import { stomp } from './protocols/stomp.ts';
import { tcp } from './protocols/tcp.ts';
import { tds } from './protocols/tds.ts';
import { thrift } from './protocols/thrift.ts';
import { tls } from './protocols/tls.ts';
import { udp } from './protocols/udp.ts';
import { ws } from './protocols/ws.ts';

const rows = [
  http,
  http2,
  grpc,
  graphql,
  ws,
  sse,
  dns,
  redis,
  memcached,
  kafka,
  rabbitmq,
  mqtt,
  nats,
  stomp,
  postgres,
  mysql,
  tds,
  mongodb,
  cassandra,
  thrift,
  dubbo,
  ldap,
  radius,
  diameter,
  tls,
  quic,
  tcp,
  udp,
  sctp,
  icmp,
] as const;

export type ProtocolId = (typeof rows)[number]['id'];

export const protocols: readonly ProtocolDescriptor[] = rows;

const byId = new Map<string, ProtocolDescriptor>(rows.map((row) => [row.id, row]));

/** The descriptor of a protocol; undefined for an id this version does not know. */
export function protocolOf(id: string): ProtocolDescriptor | undefined {
  return byId.get(id);
}
