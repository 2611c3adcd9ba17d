import { defineProtocol } from '../protocol.ts';

/** A QUIC connection: its first flight can be read by anybody, the calls inside cannot. */
export const quic = defineProtocol({
  id: 'quic',
  name: 'QUIC',
  badge: 'QUIC',
  hue: 128,
  transports: ['udp'],
  ports: [443],
  reference: 'https://www.rfc-editor.org/rfc/rfc9000',
  aliases: ['http3', 'h3'],
  errors: 'A connection closed with an error in its handshake, or no response.',
  fields: {
    'quic.version': {
      type: 'string',
      doc: 'Version of the protocol.',
      example: 'quic.version == "1"',
      values: ['1', '2'],
    },
    'quic.alpn': {
      type: 'strings',
      doc: 'Protocols the client offers to speak inside.',
      example: 'quic.alpn == "h3"',
    },
    'quic.handshake': {
      type: 'string',
      doc: 'How far the handshake got, as far as that shows from outside.',
      example: 'quic.handshake != "complete"',
      values: ['complete', 'incomplete', 'not seen'],
    },
    'quic.retry': { type: 'bool', doc: 'The server asked the client to prove its address.', example: 'quic.retry' },
    'quic.versionNegotiation': {
      type: 'bool',
      doc: 'The server did not speak the version the client began with.',
      example: 'quic.versionNegotiation',
    },
  },
  sections: [
    {
      title: 'Handshake',
      tab: 'connection',
      rows: [
        { label: 'Server name', path: 'connection.tls.sni' },
        { label: 'QUIC version', path: 'quic.version' },
        { label: 'TLS version', path: 'connection.tls.version' },
        { label: 'Cipher', path: 'connection.tls.cipher' },
        { label: 'JA4', path: 'connection.tls.ja4' },
        { label: 'Handshake', path: 'quic.handshake' },
        { label: 'Retry', path: 'quic.retry' },
        { label: 'Version negotiation', path: 'quic.versionNegotiation' },
      ],
    },
    {
      title: 'ClientHello',
      tab: 'request',
      rows: [
        { label: 'Server name', path: 'request.serverName' },
        { label: 'ALPN', path: 'request.alpn' },
        { label: 'Ciphers', path: 'request.ciphers' },
        { label: 'Groups', path: 'request.groups' },
        { label: 'Extensions', path: 'request.extensions' },
      ],
    },
    {
      title: 'ServerHello',
      tab: 'response',
      rows: [
        { label: 'Version', path: 'response.version' },
        { label: 'Cipher', path: 'response.cipher' },
        { label: 'Group', path: 'response.group' },
      ],
    },
  ],
});
