import { defineProtocol } from '../protocol.ts';

export const stomp = defineProtocol({
  id: 'stomp',
  name: 'STOMP (1.0, 1.1, 1.2)',
  badge: 'STOMP',
  hue: 12,
  transports: ['tcp'],
  ports: [61613],
  reference: 'https://stomp.github.io/stomp-specification-1.2.html',
  errors: 'An ERROR frame, a NACK, or no answer where one was asked for.',
  fields: {
    'stomp.command': {
      type: 'string',
      doc: 'Command of the frame that began the call.',
      example: 'stomp.command == "SEND"',
      values: ['CONNECT', 'SEND', 'SUBSCRIBE', 'UNSUBSCRIBE', 'MESSAGE', 'ACK', 'NACK', 'BEGIN', 'COMMIT', 'ERROR'],
      caseless: true,
    },
    'stomp.destination': {
      type: 'string',
      doc: 'Queue or topic; of an acknowledgement that of its message.',
      example: 'stomp.destination == "/queue/orders"',
    },
    'stomp.subscription': {
      type: 'string',
      doc: 'Id of the subscription.',
      example: 'stomp.subscription == "sub-0"',
    },
    'stomp.messageId': {
      type: 'string',
      doc: 'Id of the message that is delivered or acknowledged.',
      example: 'stomp.messageId exists',
    },
    'stomp.transaction': { type: 'string', doc: 'Name of the transaction.', example: 'stomp.transaction == "tx1"' },
    'stomp.receipt': { type: 'string', doc: 'Id of the receipt that was asked for.', example: 'stomp.receipt exists' },
    'stomp.ackMode': {
      type: 'string',
      doc: 'How a subscription acknowledges.',
      example: 'stomp.ackMode == "client-individual"',
      values: ['auto', 'client', 'client-individual'],
    },
    'stomp.heldMillis': {
      type: 'duration',
      unit: 'ms',
      doc: 'From the delivery of a message to its ACK or NACK.',
      example: 'stomp.heldMillis > 1s',
    },
    'stomp.host': { type: 'string', doc: 'Virtual host the client asked for.', example: 'stomp.host == "/"' },
    'stomp.user': {
      type: 'string',
      doc: 'User the client logged in as; the passcode itself is never kept.',
      example: 'stomp.user == "shop"',
    },
    'stomp.server': {
      type: 'string',
      doc: 'Name and version of the server.',
      example: 'stomp.server like "RabbitMQ*"',
    },
    'stomp.version': {
      type: 'string',
      doc: 'Version agreed on.',
      example: 'stomp.version == "1.2"',
      values: ['1.0', '1.1', '1.2'],
    },
  },
  sections: [
    {
      title: 'Frame',
      tab: 'request',
      rows: [
        { label: 'Command', path: 'stomp.command' },
        { label: 'Destination', path: 'stomp.destination' },
        { label: 'Subscription', path: 'stomp.subscription' },
        { label: 'Acknowledges', path: 'stomp.ackMode' },
        { label: 'Message', path: 'stomp.messageId' },
        { label: 'Held for', path: 'stomp.heldMillis' },
        { label: 'Transaction', path: 'stomp.transaction' },
        { label: 'Receipt', path: 'stomp.receipt' },
        { label: 'Host', path: 'stomp.host' },
        { label: 'User', path: 'stomp.user' },
        { label: 'Server', path: 'stomp.server' },
        { label: 'Version', path: 'stomp.version' },
      ],
    },
    { title: 'Headers', tab: 'request', rows: [{ label: 'Headers', path: 'request.headers', viewer: 'table' }] },
    { title: 'Body', tab: 'request', rows: [{ label: 'Body', path: 'request.body', viewer: 'body' }] },
    {
      title: 'Answer',
      tab: 'response',
      rows: [
        { label: 'Command', path: 'response.command' },
        { label: 'Error', path: 'errorText' },
      ],
    },
    { title: 'Headers', tab: 'response', rows: [{ label: 'Headers', path: 'response.headers', viewer: 'table' }] },
    { title: 'Body', tab: 'response', rows: [{ label: 'Body', path: 'response.body', viewer: 'body' }] },
  ],
});
