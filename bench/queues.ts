/** Message queues as programs use them, dissected beside tshark. */

import { raceTshark } from './beside-tshark.ts';
import { KAFKA_PORT, kafkaOrders, RABBIT_PORT, rabbitMessages } from './queue-recordings.ts';

const fieldsOf = (names: string) =>
  `frame.time_epoch ip.src tcp.srcport ip.dst tcp.dstport ${names}`
    .split(' ')
    .map((field) => `-e ${field}`)
    .join(' ');

export async function rabbitmq(): Promise<void> {
  const file = await rabbitMessages();
  const decode = `-d tcp.port==${RABBIT_PORT},amqp`;
  const fields = fieldsOf('amqp.channel amqp.method.method amqp.method.arguments.exchange amqp.payload');
  raceTshark({
    name: 'rabbitmq messages',
    file,
    statistics: { peer: '-z io,phs', command: `tshark -n -q -r ${file} ${decode} -z io,phs`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${decode} -Y amqp -T fields ${fields}`, aim: 10 },
  });
}

export async function kafka(): Promise<void> {
  const file = await kafkaOrders();
  const decode = `-d tcp.port==${KAFKA_PORT},kafka`;
  const fields = fieldsOf(
    'kafka.api_key kafka.api_version kafka.correlation_id kafka.client_id kafka.topic_name kafka.partition_id ' +
      'kafka.offset kafka.error kafka.message_key kafka.message_value kafka.batch_size',
  );
  raceTshark({
    name: 'kafka orders',
    file,
    statistics: { peer: '-z io,phs', command: `tshark -n -q -r ${file} ${decode} -z io,phs`, aim: 10 },
    entries: { peer: '-T fields', command: `tshark -n -r ${file} ${decode} -Y kafka -T fields ${fields}`, aim: 10 },
  });
}
