import { defineProtocol } from '../protocol.ts';

/** Connections whose protocol was not recognised, or that failed before one could show itself. */
export const tcp = defineProtocol({
  id: 'tcp',
  name: 'TCP connection',
  badge: 'TCP',
  hue: 225,
  transports: ['tcp'],
  ports: [],
  reference: 'https://www.rfc-editor.org/rfc/rfc9293',
  errors: 'The connection was refused, reset, or never answered.',
  fields: {
    'tcp.state': {
      type: 'string',
      doc: 'How the connection stood when it was last seen.',
      example: 'tcp.state == "refused"',
      aliases: ['conn_state'],
      values: ['open', 'closed', 'refused', 'reset', 'unanswered'],
    },
    'tcp.reason': {
      type: 'string',
      doc: 'Why its content is not shown as calls.',
      example: 'tcp.reason contains "encrypted"',
    },
  },
  sections: [
    {
      title: 'Connection',
      tab: 'connection',
      rows: [
        { label: 'State', path: 'tcp.state' },
        { label: 'Reason', path: 'tcp.reason' },
        { label: 'Bytes from client', path: 'connection.clientBytes' },
        { label: 'Bytes from server', path: 'connection.serverBytes' },
      ],
    },
    { title: 'First bytes', tab: 'request', rows: [{ label: 'Bytes', path: 'request.body', viewer: 'hex' }] },
    { title: 'First bytes', tab: 'response', rows: [{ label: 'Bytes', path: 'response.body', viewer: 'hex' }] },
  ],
});
