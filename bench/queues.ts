/** Queues, caches and directories as programs use them, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import {
  CASSANDRA_PORT,
  cassandraStatements,
  KAFKA_PORT,
  kafkaOrders,
  LDAP_PORT,
  ldapPeople,
  MEMCACHED_PORT,
  MQTT_PORT,
  memcachedProducts,
  mqttReadings,
  natsPrices,
  RABBIT_PORT,
  rabbitMessages,
  THRIFT_PORT,
  thriftOrders,
} from './queue-recordings.ts';

const fieldsOf = (names: string) =>
  `frame.time_epoch ip.src tcp.srcport ip.dst tcp.dstport ${names}`
    .split(' ')
    .map((field) => `-e ${field}`)
    .join(' ');

/** Both reads of one file: `fields` are those of every packet of the protocol. */
function race(
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
  });
}

export async function rabbitmq(): Promise<void> {
  const file = await rabbitMessages();
  const fields = 'amqp.channel amqp.method.method amqp.method.arguments.exchange amqp.payload';
  race('rabbitmq messages', { file, port: RABBIT_PORT, dissector: 'amqp', fields });
}

export async function mqtt(): Promise<void> {
  const file = await mqttReadings();
  const fields = 'mqtt.msgtype mqtt.topic mqtt.msgid mqtt.qos mqtt.msg mqtt.clientid';
  race('mqtt readings', { file, port: MQTT_PORT, dissector: 'mqtt', fields });
}

export async function kafka(): Promise<void> {
  const file = await kafkaOrders();
  const fields =
    'kafka.api_key kafka.api_version kafka.correlation_id kafka.client_id kafka.topic_name kafka.partition_id ' +
    'kafka.offset kafka.error kafka.message_key kafka.message_value kafka.batch_size';
  race('kafka orders', { file, port: KAFKA_PORT, dissector: 'kafka', fields });
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

/** tshark does not read NATS: what it does with the packets of a protocol it does not know. */
export async function nats(): Promise<void> {
  const file = await natsPrices();
  const each = `-Y tcp.payload -T fields ${fieldsOf('tcp.payload')}`;
  raceTshark({
    name: 'nats prices',
    file,
    statistics: { peer: '-z io,phs', command: `tshark -n -q -r ${file} -z io,phs`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${each}`, aim: 10 },
  });
}
