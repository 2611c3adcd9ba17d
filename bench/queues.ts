/** Queues as programs use them, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import { fieldsOf, race } from './port-race.ts';
import {
  KAFKA_PORT,
  kafkaOrders,
  MQTT_PORT,
  mqttReadings,
  natsPrices,
  RABBIT_PORT,
  rabbitMessages,
  stompOrders,
} from './queue-recordings.ts';

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

/** tshark reads neither NATS nor STOMP: what it does with the packets of a protocol it does not know. */
function raceUnread(name: string, file: string): void {
  const each = `-Y tcp.payload -T fields ${fieldsOf('tcp.payload')}`;
  raceTshark({
    name,
    file,
    statistics: { peer: '-z io,phs', command: `tshark -n -q -r ${file} -z io,phs`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${each}`, aim: 10 },
    whole: { layers: 'tcp' },
  });
}

export const nats = async (): Promise<void> => raceUnread('nats prices', await natsPrices());

export const stomp = async (): Promise<void> => raceUnread('stomp orders', await stompOrders());
