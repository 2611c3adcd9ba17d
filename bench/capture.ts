/** HTTP keep-alive, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import { httpForLong, httpKeepAlive, httpServices } from './recordings.ts';

const FIELDS = ['frame.time_epoch', 'ip.src', 'tcp.srcport', 'ip.dst', 'tcp.dstport', 'http.request.method']
  .concat(['http.request.uri', 'http.host', 'http.response.code', 'http.content_type', 'http.time', 'http.file_data'])
  .map((field) => `-e ${field}`)
  .join(' ');

export async function capture(): Promise<void> {
  race('http keep-alive, a Host field only', await httpKeepAlive());
  race('http keep-alive, fields of services', await httpServices());
}

/** The same for so long that the start does not matter: ten minutes a round. */
export async function captureForLong(): Promise<void> {
  race('http keep-alive, a Host field only, for long', await httpForLong());
}

function race(name: string, file: string): void {
  raceTshark({
    name,
    file,
    statistics: { peer: 'http,tree', command: `tshark -n -q -r ${file} -z http,tree`, aim: 20 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} -Y http -T fields ${FIELDS}`, aim: 10 },
    whole: { layers: 'http' },
  });
}
