/** Message queues as programs use them, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import { KAFKA_PORT, kafkaOrders, MQTT_PORT, mqttReadings, RABBIT_PORT, rabbitMessages } from './queue-recordings.ts';

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
