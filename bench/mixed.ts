/** What a node with many services sees, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import { REDIS_PORT } from './cache-recordings.ts';
import { mixedTraffic } from './mixed-recording.ts';
import { RABBIT_PORT } from './queue-recordings.ts';
import { POSTGRES_PORT } from './sql-recordings.ts';

const FIELDS = ['frame.time_epoch', 'ip.src', 'tcp.srcport', 'udp.srcport', 'ip.dst', 'tcp.dstport', 'udp.dstport']
  .concat(['http.request.method', 'http.request.uri', 'http.host', 'http.response.code', 'http.file_data'])
  .concat(['http2.headers.method', 'http2.headers.path', 'http2.headers.status', 'grpc.message_length'])
  .concat(['dns.qry.name', 'dns.a', 'resp.string', 'pgsql.query', 'pgsql.tag', 'amqp.method.arguments.exchange'])
  .map((field) => `-e ${field}`)
  .join(' ');
/** What tshark does not look for on these ports by itself. */
const PORTS =
  '-d tcp.port==8089,http2 -d tcp.port==8090,http2 ' +
  `-d tcp.port==${REDIS_PORT},resp -d tcp.port==${POSTGRES_PORT},pgsql -d tcp.port==${RABBIT_PORT},amqp`;
const FILTER = `-Y 'http or http2 or dns or resp or pgsql or amqp'`;

export async function mixed(): Promise<void> {
  const file = await mixedTraffic();
  raceTshark({
    name: 'mixed: HTTP/1, HTTP/2, gRPC, DNS, Redis, PostgreSQL, RabbitMQ',
    file,
    statistics: { peer: 'http,tree', command: `tshark -n -q -r ${file} ${PORTS} -z http,tree`, aim: 20 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${PORTS} ${FILTER} -T fields ${FIELDS}`, aim: 10 },
    whole: { layers: 'http http2 dns resp pgsql amqp', filter: FILTER, decode: PORTS },
  });
}
