/** PostgreSQL as pgbench speaks it, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import { POSTGRES_PORT, postgresTransactions } from './sql-recordings.ts';

const FIELDS = ['frame.time_epoch', 'ip.src', 'tcp.srcport', 'ip.dst', 'tcp.dstport', 'pgsql.type', 'pgsql.query']
  .concat(['pgsql.statement', 'pgsql.portal', 'pgsql.tag', 'pgsql.col.name', 'pgsql.val.data', 'pgsql.code'])
  .map((field) => `-e ${field}`)
  .join(' ');

export async function postgres(): Promise<void> {
  const file = await postgresTransactions();
  const read = `tshark -n -r ${file} -d tcp.port==${POSTGRES_PORT},pgsql`;
  raceTshark({
    name: 'postgres transactions',
    file,
    statistics: { peer: 'io,stat of types', command: `${read} -q -z 'io,stat,0,COUNT(pgsql.type)pgsql.type'`, aim: 10 },
    entries: { peer: '-T fields', command: `${read} -Y pgsql -T fields ${FIELDS}`, aim: 10 },
  });
}
