/** The only file that knows every dissector. Order is the order of asking when no port suggests one. */

import type { Dissector } from '../dissect/dissector.ts';
import type { HttpRefiner } from '../http/refiner.ts';
import type { WsRefiner } from '../ws/refiner.ts';
import { cassandra } from './cassandra/index.ts';
import { diameter } from './diameter/index.ts';
import { dns } from './dns/index.ts';
import { dubbo } from './dubbo/index.ts';
import { graphql, graphqlOverWs } from './graphql/index.ts';
import { grpc } from './grpc/index.ts';
import { http1 } from './http/index.ts';
import { http2 } from './http2/index.ts';
import { icmp } from './icmp/index.ts';
import { kafka } from './kafka/index.ts';
import { ldap } from './ldap/index.ts';
import { memcached } from './memcached/index.ts';
import { mongodb } from './mongodb/index.ts';
import { mqtt } from './mqtt/index.ts';
import { mysql } from './mysql/index.ts';
import { nats } from './nats/index.ts';
import { postgres } from './postgres/index.ts';
import { quic } from './quic/index.ts';
import { rabbitmq } from './rabbitmq/index.ts';
import { radius } from './radius/index.ts';
import { redis } from './redis/index.ts';
import { sse } from './sse/index.ts';
import { stomp } from './stomp/index.ts';
import { tds } from './tds/index.ts';
import { thrift } from './thrift/index.ts';
import { tls } from './tls/index.ts';
import { ws } from './ws/index.ts';

/** Protocols that live inside HTTP calls, most specific first; every version of HTTP asks them. */
const refiners: readonly HttpRefiner[] = [grpc, graphql, sse];

/** Protocols that live inside the messages of a WebSocket. */
const wsRefiners: readonly WsRefiner[] = [graphqlOverWs];

export const dissectors: readonly Dissector[] = [
  http1(refiners),
  http2(refiners),
  tls,
  dns,
  redis,
  postgres,
  kafka,
  mysql,
  nats,
  mongodb,
  cassandra,
  thrift,
  quic,
  ws(wsRefiners),
  icmp,
  rabbitmq,
  mqtt,
  ldap,
  memcached,
  stomp,
  radius,
  diameter,
  tds,
  dubbo,
];
