import { defineProtocol } from '../protocol.ts';

export const dns = defineProtocol({
  id: 'dns',
  name: 'DNS, mDNS and LLMNR',
  badge: 'DNS',
  hue: 48,
  transports: ['udp', 'tcp'],
  ports: [53, 5353, 5355],
  reference: 'https://www.rfc-editor.org/rfc/rfc1035',
  errors: 'An rcode other than 0 (NOERROR), or no response.',
  fields: {
    'dns.questions': {
      type: 'strings',
      doc: 'Names asked for.',
      example: 'dns.questions == "orders.shop.svc.cluster.local"',
      aliases: ['dns_questions'],
    },
    'dns.answers': {
      type: 'strings',
      doc: 'Answers, as text: addresses, names, other data.',
      example: 'dns.answers == "10.96.0.10"',
      aliases: ['dns_answers'],
    },
    'dns.types': {
      type: 'strings',
      doc: 'Record types asked for.',
      example: 'dns.types == "AAAA"',
      aliases: ['dns_question_types', 'dns_types'],
      values: ['A', 'AAAA', 'CNAME', 'MX', 'NS', 'PTR', 'SOA', 'SRV', 'TXT', 'ANY'],
    },
    'dns.rcode': {
      type: 'string',
      doc: 'Name of the response code; its number is `response.status`.',
      example: 'dns.rcode == "NXDOMAIN"',
      values: ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'],
      caseless: true,
    },
    'dns.id': { type: 'int', doc: 'Message id that query and reply share.', example: 'dns.id == 54321' },
    'dns.opcode': {
      type: 'string',
      doc: 'Operation asked for; nearly always QUERY.',
      example: 'dns.opcode == "UPDATE"',
      values: ['QUERY', 'IQUERY', 'STATUS', 'NOTIFY', 'UPDATE', 'DSO'],
      caseless: true,
    },
    'dns.variant': {
      type: 'string',
      doc: 'Plain DNS, or one of its multicast relatives.',
      example: 'dns.variant == "mdns"',
      values: ['dns', 'mdns', 'llmnr'],
    },
    'dns.retries': {
      type: 'int',
      doc: 'How often the same query was sent again before it was answered; absent when it was not.',
      example: 'dns.retries > 0',
    },
    dns_request: { type: 'json', doc: 'The query, when it was seen.', path: 'request', when: 'dns' },
    dns_response: { type: 'json', doc: 'The answer, when it was seen.', path: 'response', when: 'dns' },
  },
  sections: [
    {
      title: 'Question',
      tab: 'request',
      rows: [
        { label: 'Questions', path: 'request.questions', viewer: 'table' },
        { label: 'Id', path: 'dns.id' },
        { label: 'Operation', path: 'dns.opcode' },
        { label: 'Flags', path: 'request.flags' },
        { label: 'Sent again', path: 'dns.retries' },
        { label: 'EDNS', path: 'request.edns', viewer: 'json' },
      ],
    },
    {
      title: 'Answer',
      tab: 'response',
      rows: [
        { label: 'Response code', path: 'dns.rcode' },
        { label: 'Flags', path: 'response.flags' },
        { label: 'Answers', path: 'response.answers', viewer: 'table' },
        { label: 'Authorities', path: 'response.authorities', viewer: 'table' },
        { label: 'Additional records', path: 'response.additionals', viewer: 'table' },
        { label: 'EDNS', path: 'response.edns', viewer: 'json' },
      ],
    },
  ],
});
