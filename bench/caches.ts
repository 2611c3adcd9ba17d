/** Caches, directories and calls between services as programs use them, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import {
  CASSANDRA_PORT,
  cassandraStatements,
  LDAP_PORT,
  ldapPeople,
  MEMCACHED_PORT,
  memcachedProducts,
  REDIS_PORT,
  redisCommands,
  THRIFT_PORT,
  thriftOrders,
} from './cache-recordings.ts';
import { fieldsOf, race } from './port-race.ts';
import { repeated } from './repeated.ts';

export async function redis(): Promise<void> {
  const file = await redisCommands();
  const fields = 'resp.string resp.integer resp.bulk_string.value resp.bulk_string.length resp.array.length resp.error';
  race('redis commands', { file, port: REDIS_PORT, dissector: 'resp', fields });
}

export async function memcached(): Promise<void> {
  const file = await memcachedProducts();
  const fields = 'memcache.command memcache.key memcache.value memcache.response memcache.flags';
  race('memcached products', { file, port: MEMCACHED_PORT, dissector: 'memcache', fields });
}

export async function ldap(): Promise<void> {
  const file = await ldapPeople();
  const fields =
    'ldap.messageID ldap.protocolOp ldap.baseObject ldap.assertionValue ldap.objectName ldap.type ldap.AttributeValue ldap.resultCode';
  race('ldap people', { file, port: LDAP_PORT, dissector: 'ldap', fields });
}

export async function cassandra(): Promise<void> {
  const file = await cassandraStatements();
  const fields = 'cql.version cql.stream cql.opcode cql.string cql.query_id cql.consistency cql.bytes cql.error_code';
  race('cassandra statements', { file, port: CASSANDRA_PORT, dissector: 'cql', fields });
}

export async function thrift(): Promise<void> {
  const file = await thriftOrders();
  const fields = 'thrift.method thrift.mtype thrift.seq_id thrift.fid thrift.i32 thrift.string thrift.double';
  race('thrift orders', { file, port: THRIFT_PORT, dissector: 'thrift', fields });
}

/** The fixture's ports. */
const DIAMETER_PORT = 3868;
const RADIUS_PORTS = [21_812, 21_813];

export async function diameter(): Promise<void> {
  const fields = 'diameter.cmd.code diameter.hopbyhopid diameter.Session-Id diameter.Origin-Host diameter.Result-Code';
  const file = repeated('diameter/sessions', 20_000);
  race('diameter sessions', { file, port: DIAMETER_PORT, dissector: 'diameter', fields });
}

export async function radius(): Promise<void> {
  const file = repeated('radius/logins', 20_000);
  const decode = RADIUS_PORTS.map((port) => `-d udp.port==${port},radius`).join(' ');
  const fields = 'udp.srcport udp.dstport radius.code radius.id radius.User_Name radius.Reply_Message';
  const each = `-Y radius -T fields ${fieldsOf(fields)}`;
  raceTshark({
    name: 'radius logins',
    file,
    statistics: { peer: '-z io,phs', command: `tshark -n -q -r ${file} ${decode} -z io,phs`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${decode} ${each}`, aim: 10 },
    whole: { dissector: 'radius', decode },
  });
}

/** tshark does not read Dubbo: what it does with the packets of a protocol it does not know. */
export async function dubbo(): Promise<void> {
  const file = repeated('dubbo/shop', 20_000);
  const each = `-Y tcp.payload -T fields ${fieldsOf('tcp.payload')}`;
  raceTshark({
    name: 'dubbo shop',
    file,
    statistics: { peer: '-z io,phs', command: `tshark -n -q -r ${file} -z io,phs`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${each}`, aim: 10 },
    whole: { dissector: 'tcp' },
  });
}
