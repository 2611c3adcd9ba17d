import { defineProtocol } from '../protocol.ts';

export const dns = defineProtocol({
  id: 'dns',
  name: 'DNS',
  badge: 'DNS',
  hue: 48,
  transports: ['udp', 'tcp'],
  ports: [53, 5353],
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
    dns_request: { type: 'json', doc: 'The query, when it was seen.', path: 'request', when: 'dns' },
    dns_response: { type: 'json', doc: 'The answer, when it was seen.', path: 'response', when: 'dns' },
  },
  sections: [
    {
      title: 'Question',
      tab: 'request',
      rows: [
        { label: 'Names', path: 'dns.questions' },
        { label: 'Types', path: 'dns.types' },
      ],
    },
    {
      title: 'Answer',
      tab: 'response',
      rows: [
        { label: 'Response code', path: 'dns.rcode' },
        { label: 'Answers', path: 'dns.answers' },
        { label: 'Records', path: 'response.records', viewer: 'table' },
      ],
    },
  ],
});
