import { defineProtocol } from '../protocol.ts';

/** Associations whose protocol was not recognised, or that failed before one could show itself. */
export const sctp = defineProtocol({
  id: 'sctp',
  name: 'SCTP association',
  badge: 'SCTP',
  hue: 200,
  transports: ['sctp'],
  ports: [],
  reference: 'https://www.rfc-editor.org/rfc/rfc9260',
  errors: 'The association was refused, aborted, or never answered.',
  fields: {
    'sctp.state': {
      type: 'string',
      doc: 'How the association stood when it was last seen.',
      example: 'sctp.state == "refused"',
      values: ['open', 'closed', 'refused', 'reset', 'unanswered'],
    },
    'sctp.reason': {
      type: 'string',
      doc: 'Why its content is not shown as calls.',
      example: 'sctp.reason == "not recognised"',
    },
    'sctp.messages': { type: 'int', doc: 'Messages seen whole, both ways.', example: 'sctp.messages > 100' },
  },
  sections: [
    {
      title: 'Association',
      tab: 'connection',
      rows: [
        { label: 'State', path: 'sctp.state' },
        { label: 'Reason', path: 'sctp.reason' },
        { label: 'Messages', path: 'sctp.messages' },
        { label: 'Bytes from client', path: 'connection.clientBytes' },
        { label: 'Bytes from server', path: 'connection.serverBytes' },
      ],
    },
    { title: 'First bytes', tab: 'request', rows: [{ label: 'Bytes', path: 'request.body', viewer: 'hex' }] },
    { title: 'First bytes', tab: 'response', rows: [{ label: 'Bytes', path: 'response.body', viewer: 'hex' }] },
  ],
});
