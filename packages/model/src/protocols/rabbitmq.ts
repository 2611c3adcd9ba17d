import { defineProtocol } from '../protocol.ts';

export const rabbitmq = defineProtocol({
  id: 'rabbitmq',
  name: 'RabbitMQ (AMQP 0-9-1)',
  badge: 'AMQP',
  hue: 24,
  transports: ['tcp'],
  ports: [5672],
  reference: 'https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf',
  aliases: ['amqp'],
  errors: 'A channel or connection closed with a code other than 200, a returned or rejected message, or no answer.',
  fields: {
    'rabbitmq.method': {
      type: 'string',
      doc: 'Class and method.',
      example: 'rabbitmq.method == "basic.publish"',
      aliases: ['amqp_method', 'amqp.method'],
      values: [
        'basic.publish',
        'basic.deliver',
        'basic.ack',
        'basic.nack',
        'queue.declare',
        'exchange.declare',
        'queue.bind',
      ],
      caseless: true,
    },
    'rabbitmq.exchange': {
      type: 'string',
      doc: 'Exchange; empty for the default one.',
      example: 'rabbitmq.exchange == "events"',
      aliases: ['amqp.exchange', 'amqp_exchange'],
    },
    'rabbitmq.routingKey': {
      type: 'string',
      doc: 'Routing key.',
      example: 'rabbitmq.routingKey like "order.*"',
      aliases: ['amqp.routingKey', 'amqp_routing_key'],
    },
    'rabbitmq.queue': {
      type: 'string',
      doc: 'Queue.',
      example: 'rabbitmq.queue == "invoices"',
      aliases: ['amqp.queue', 'amqp_queue'],
    },
    'rabbitmq.channel': { type: 'int', doc: 'Channel number.', example: 'rabbitmq.channel == 1' },
    'rabbitmq.consumerTag': { type: 'string', doc: 'Consumer tag.', example: 'rabbitmq.consumerTag exists' },
    'rabbitmq.properties': {
      type: 'json',
      doc: 'Message properties: contentType, correlationId, replyTo, …',
      example: 'rabbitmq.properties.correlationId == "42"',
    },
  },
  sections: [
    {
      title: 'Method',
      tab: 'request',
      rows: [
        { label: 'Method', path: 'rabbitmq.method' },
        { label: 'Exchange', path: 'rabbitmq.exchange' },
        { label: 'Routing key', path: 'rabbitmq.routingKey' },
        { label: 'Queue', path: 'rabbitmq.queue' },
        { label: 'Channel', path: 'rabbitmq.channel' },
        { label: 'Consumer', path: 'rabbitmq.consumerTag' },
      ],
    },
    {
      title: 'Properties',
      tab: 'request',
      rows: [{ label: 'Properties', path: 'rabbitmq.properties', viewer: 'table' }],
    },
    { title: 'Headers', tab: 'request', rows: [{ label: 'Headers', path: 'request.headers', viewer: 'table' }] },
    { title: 'Body', tab: 'request', rows: [{ label: 'Body', path: 'request.body', viewer: 'body' }] },
    { title: 'Body', tab: 'response', rows: [{ label: 'Body', path: 'response.body', viewer: 'body' }] },
  ],
});
