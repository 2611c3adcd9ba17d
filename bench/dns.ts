/** DNS as resolvers of programs make it, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import { dnsLookups } from './recordings.ts';

const FIELDS = ['frame.time_epoch', 'ip.src', 'udp.srcport', 'ip.dst', 'udp.dstport', 'dns.id', 'dns.qry.name']
  .concat(['dns.qry.type', 'dns.flags.rcode', 'dns.a', 'dns.aaaa', 'dns.cname', 'dns.resp.ttl', 'dns.time'])
  .map((field) => `-e ${field}`)
  .join(' ');

export async function dns(): Promise<void> {
  const file = await dnsLookups();
  raceTshark({
    name: 'dns lookups',
    file,
    statistics: { peer: 'dns,tree', command: `tshark -n -q -r ${file} -z dns,tree`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} -Y dns -T fields ${FIELDS}`, aim: 10 },
    whole: { layers: 'dns' },
  });
}
