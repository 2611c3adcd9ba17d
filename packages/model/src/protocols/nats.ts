import { defineProtocol } from '../protocol.ts';

export const nats = defineProtocol({
  id: 'nats',
  name: 'NATS',
  badge: 'NATS',
  hue: 140,
  transports: ['tcp'],
  ports: [4222],
  reference: 'https://docs.nats.io/reference/reference-protocols/nats-protocol',
  errors: 'A -ERR message, a "no responders" status, or a request without a reply.',
  fields: {
    'nats.command': {
      type: 'string',
      doc: 'Name of the protocol message.',
      example: 'nats.command == "PUB"',
      values: ['PUB', 'HPUB', 'SUB', 'UNSUB', 'MSG', 'HMSG', 'CONNECT', 'PING'],
      caseless: true,
    },
    'nats.subject': { type: 'string', doc: 'Subject.', example: 'nats.subject like "orders.*"' },
    'nats.replyTo': { type: 'string', doc: 'Subject the reply is awaited on.', example: 'nats.replyTo exists' },
    'nats.queueGroup': {
      type: 'string',
      doc: 'Queue group of a subscription.',
      example: 'nats.queueGroup == "workers"',
    },
  },
  sections: [
    {
      title: 'Message',
      tab: 'request',
      rows: [
        { label: 'Command', path: 'nats.command' },
        { label: 'Subject', path: 'nats.subject' },
        { label: 'Reply to', path: 'nats.replyTo' },
        { label: 'Queue group', path: 'nats.queueGroup' },
      ],
    },
    { title: 'Payload', tab: 'request', rows: [{ label: 'Payload', path: 'request.body', viewer: 'body' }] },
    { title: 'Payload', tab: 'response', rows: [{ label: 'Payload', path: 'response.body', viewer: 'body' }] },
  ],
});
