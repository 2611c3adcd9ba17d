import { defineProtocol } from '../protocol.ts';

export const icmp = defineProtocol({
  id: 'icmp',
  name: 'ICMP and ICMPv6',
  badge: 'ICMP',
  hue: 340,
  transports: ['icmp'],
  ports: [],
  reference: 'https://www.rfc-editor.org/rfc/rfc792',
  errors: 'Unreachable, time exceeded, parameter problem, or an echo without a reply.',
  fields: {
    'icmp.type': {
      type: 'string',
      doc: 'Name of the type.',
      example: 'icmp.type == "destination unreachable"',
      aliases: ['icmp_type'],
    },
    'icmp.code': { type: 'int', doc: 'Code within the type.', example: 'icmp.code == 4' },
    'icmp.version': {
      type: 'int',
      doc: '4 for ICMP, 6 for ICMPv6.',
      example: 'icmp.version == 6',
      aliases: ['icmp_version'],
    },
  },
  sections: [
    {
      title: 'Message',
      tab: 'request',
      rows: [
        { label: 'Type', path: 'icmp.type' },
        { label: 'Code', path: 'icmp.code' },
        { label: 'Version', path: 'icmp.version' },
        { label: 'Id', path: 'request.id' },
        { label: 'Sequence', path: 'request.sequence' },
      ],
    },
    {
      title: 'Answer',
      tab: 'response',
      rows: [
        { label: 'About', path: 'response.quoted', viewer: 'json' },
        { label: 'Largest packet', path: 'response.mtu' },
      ],
    },
  ],
});
