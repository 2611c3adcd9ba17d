import { defineProtocol } from '../protocol.ts';

/** A TLS connection whose content stayed closed: the handshake's facts are what can be shown. */
export const tls = defineProtocol({
  id: 'tls',
  name: 'TLS',
  badge: 'TLS',
  hue: 155,
  transports: ['tcp'],
  ports: [443, 8443],
  reference: 'https://www.rfc-editor.org/rfc/rfc8446',
  aliases: ['ssl'],
  errors: 'A fatal alert, or a handshake that did not finish.',
  fields: {
    'tls.alert': {
      type: 'string',
      doc: 'Name of the alert that ended it.',
      example: 'tls.alert == "handshake_failure"',
    },
    'tls.handshake': {
      type: 'string',
      doc: 'How far the handshake got.',
      example: 'tls.handshake != "complete"',
      values: ['complete', 'incomplete', 'resumed', 'not seen'],
    },
  },
  sections: [
    {
      title: 'Handshake',
      tab: 'connection',
      rows: [
        { label: 'Server name', path: 'connection.tls.sni' },
        { label: 'Version', path: 'connection.tls.version' },
        { label: 'Cipher', path: 'connection.tls.cipher' },
        { label: 'ALPN', path: 'connection.tls.alpn' },
        { label: 'JA3', path: 'connection.tls.ja3' },
        { label: 'JA4', path: 'connection.tls.ja4' },
        { label: 'Handshake', path: 'tls.handshake' },
        { label: 'Alert', path: 'tls.alert' },
      ],
    },
  ],
});
