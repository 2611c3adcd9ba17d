import { defineProtocol } from '../protocol.ts';

export const ws = defineProtocol({
  id: 'ws',
  name: 'WebSocket',
  badge: 'WS',
  hue: 258,
  transports: ['tcp'],
  ports: [80, 8080],
  reference: 'https://www.rfc-editor.org/rfc/rfc6455',
  aliases: ['websocket'],
  errors: 'A close code other than 1000 and 1001, or a connection that ended without a close.',
  fields: {
    'ws.opcode': {
      type: 'string',
      doc: 'Kind of the message.',
      example: 'ws.opcode == "text"',
      aliases: ['ws_opcode'],
      values: ['text', 'binary', 'close', 'ping', 'pong'],
    },
    'ws.direction': {
      type: 'string',
      doc: 'Who sent the message.',
      example: 'ws.direction == "server"',
      values: ['client', 'server'],
    },
    'ws.closeCode': { type: 'int', doc: 'Code of a close message.', example: 'ws.closeCode == 1011' },
    'ws.closeReason': { type: 'string', doc: 'Reason of a close message.', example: 'ws.closeReason contains "order"' },
  },
  sections: [
    {
      title: 'Message',
      tab: 'request',
      rows: [
        { label: 'Kind', path: 'ws.opcode' },
        { label: 'Sent by', path: 'ws.direction' },
        { label: 'Close code', path: 'ws.closeCode' },
        { label: 'Reason', path: 'ws.closeReason' },
      ],
    },
    { title: 'Payload', tab: 'request', rows: [{ label: 'Payload', path: 'request.body', viewer: 'body' }] },
    { title: 'Payload', tab: 'response', rows: [{ label: 'Payload', path: 'response.body', viewer: 'body' }] },
  ],
});
