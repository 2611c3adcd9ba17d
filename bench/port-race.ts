/** A race over a protocol that tshark is told to read on a port. */

import { raceTshark } from './beside-tshark.ts';

export const fieldsOf = (names: string) =>
  `frame.time_epoch ip.src tcp.srcport ip.dst tcp.dstport ${names}`
    .split(' ')
    .map((field) => `-e ${field}`)
    .join(' ');

/** Both reads of one file: `fields` are those of every packet of the protocol. */
export function race(
  name: string,
  { file, port, dissector, fields }: Readonly<Record<'file' | 'dissector' | 'fields', string>> & { port: number },
): void {
  const decode = `-d tcp.port==${port},${dissector}`;
  const each = `-Y ${dissector} -T fields ${fieldsOf(fields)}`;
  raceTshark({
    name,
    file,
    statistics: { peer: '-z io,phs', command: `tshark -n -q -r ${file} ${decode} -z io,phs`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${decode} ${each}`, aim: 10 },
    whole: { layers: dissector, decode },
  });
}
