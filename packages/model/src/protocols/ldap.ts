import { defineProtocol } from '../protocol.ts';

export const ldap = defineProtocol({
  id: 'ldap',
  name: 'LDAP (v3)',
  badge: 'LDAP',
  hue: 60,
  transports: ['tcp'],
  ports: [389, 3268],
  reference: 'https://www.rfc-editor.org/rfc/rfc4511',
  errors: 'A result code other than 0, 5, 6, 10 and 14 (answers and continuations), or no response.',
  fields: {
    'ldap.operation': {
      type: 'string',
      doc: 'Name of the operation.',
      example: 'ldap.operation == "bind"',
      aliases: ['ldap_type', 'ldap.type'],
      values: ['bind', 'unbind', 'search', 'modify', 'add', 'delete', 'modifyDN', 'compare', 'abandon', 'extended'],
      caseless: true,
    },
    'ldap.dn': {
      type: 'string',
      doc: 'Name of the entry or the search base.',
      example: 'ldap.dn contains "ou=people"',
    },
    'ldap.filter': { type: 'string', doc: 'Search filter as text.', example: 'ldap.filter contains "uid="' },
    'ldap.entries': { type: 'int', doc: 'Entries a search returned.', example: 'ldap.entries > 100' },
  },
  sections: [
    {
      title: 'Operation',
      tab: 'request',
      rows: [
        { label: 'Operation', path: 'ldap.operation' },
        { label: 'DN', path: 'ldap.dn' },
        { label: 'Filter', path: 'ldap.filter' },
      ],
    },
    {
      title: 'Result',
      tab: 'response',
      rows: [
        { label: 'Code', path: 'response.status' },
        { label: 'Entries', path: 'ldap.entries' },
        { label: 'Message', path: 'errorText' },
      ],
    },
  ],
});
