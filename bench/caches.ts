/** Caches, directories and calls between services as programs use them, dissected beside tshark. */

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
import { race } from './port-race.ts';

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
