/** HTTP/2 without TLS and gRPC, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import { http2Calls } from './recordings.ts';

const FIELDS = ['frame.time_epoch', 'ip.src', 'tcp.srcport', 'ip.dst', 'tcp.dstport', 'http2.streamid']
  .concat(['http2.headers.method', 'http2.headers.path', 'http2.headers.status', 'http2.headers.content_type'])
  .concat(['grpc.message_length', 'http2.data.data'])
  .map((field) => `-e ${field}`)
  .join(' ');
/** tshark does not look for HTTP/2 on these ports by itself. */
const PORTS = '-d tcp.port==8089,http2 -d tcp.port==8090,http2';

export async function http2(): Promise<void> {
  const file = await http2Calls();
  raceTshark({
    name: 'http2 and grpc',
    file,
    statistics: { peer: 'http2,tree', command: `tshark -n -q -r ${file} ${PORTS} -z http2,tree`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${PORTS} -Y http2 -T fields ${FIELDS}`, aim: 10 },
    whole: { layers: 'http2', decode: PORTS },
  });
}
