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
      doc: 'Name of the alert that tells what went wrong.',
      example: 'tls.alert == "handshake_failure"',
      caseless: true,
    },
    'tls.alertFrom': {
      type: 'string',
      doc: 'Who sent the alert.',
      example: 'tls.alertFrom == "client"',
      values: ['client', 'server'],
    },
    'tls.handshake': {
      type: 'string',
      doc: 'How far the handshake got.',
      example: 'tls.handshake != "complete"',
      values: ['complete', 'resumed', 'incomplete', 'not seen'],
    },
    'tls.reason': {
      type: 'string',
      doc: 'Why nothing from inside the connection is shown.',
      example: 'tls.reason contains "no key"',
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
        { label: 'Alert from', path: 'tls.alertFrom' },
        { label: 'Not opened because', path: 'tls.reason' },
      ],
    },
    {
      title: 'ClientHello',
      tab: 'request',
      rows: [
        { label: 'Server name', path: 'request.serverName' },
        { label: 'Versions', path: 'request.versions' },
        { label: 'ALPN', path: 'request.alpn' },
        { label: 'Ciphers', path: 'request.ciphers' },
        { label: 'Groups', path: 'request.groups' },
        { label: 'Extensions', path: 'request.extensions' },
        { label: 'Client certificates', path: 'request.certificates', viewer: 'table' },
      ],
    },
    {
      title: 'ServerHello',
      tab: 'response',
      rows: [
        { label: 'Version', path: 'response.version' },
        { label: 'Cipher', path: 'response.cipher' },
        { label: 'Group', path: 'response.group' },
        { label: 'ALPN', path: 'response.alpn' },
        { label: 'Certificates', path: 'response.certificates', viewer: 'table' },
      ],
    },
  ],
});
