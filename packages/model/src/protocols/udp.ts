import { defineProtocol } from '../protocol.ts';

/** Datagrams between two ends whose protocol was not recognised. */
export const udp = defineProtocol({
  id: 'udp',
  name: 'UDP exchange',
  badge: 'UDP',
  hue: 270,
  transports: ['udp'],
  ports: [],
  reference: 'https://www.rfc-editor.org/rfc/rfc768',
  errors: 'An ICMP "port unreachable" in answer.',
  fields: {
    'udp.datagrams': { type: 'int', doc: 'Datagrams seen, both ways.', example: 'udp.datagrams > 100' },
  },
  sections: [
    {
      title: 'Exchange',
      tab: 'connection',
      rows: [
        { label: 'Datagrams', path: 'udp.datagrams' },
        { label: 'Bytes from client', path: 'connection.clientBytes' },
        { label: 'Bytes from server', path: 'connection.serverBytes' },
      ],
    },
    { title: 'First bytes', tab: 'request', rows: [{ label: 'Bytes', path: 'request.body', viewer: 'hex' }] },
    { title: 'First bytes', tab: 'response', rows: [{ label: 'Bytes', path: 'response.body', viewer: 'hex' }] },
  ],
});
