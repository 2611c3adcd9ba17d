import { defineProtocol } from '../protocol.ts';

export const thrift = defineProtocol({
  id: 'thrift',
  name: 'Apache Thrift',
  badge: 'THRIFT',
  hue: 312,
  transports: ['tcp'],
  ports: [9090],
  reference: 'https://github.com/apache/thrift/blob/master/doc/specs/thrift-rpc.md',
  errors:
    'An exception: one of the application (its type is `response.status`), a declared one (`exception`); or no reply.',
  fields: {
    'thrift.method': { type: 'string', doc: 'Method that is called.', example: 'thrift.method == "getOrder"' },
    'thrift.service': {
      type: 'string',
      doc: 'Service, where several share a connection (TMultiplexedProtocol).',
      example: 'thrift.service == "Orders"',
    },
    'thrift.arguments': {
      type: 'json',
      doc: 'Arguments by their field number: names stand only in the interface definition.',
      example: 'thrift.arguments exists',
    },
    'thrift.result': { type: 'json', doc: 'What the method returned.', example: 'thrift.result exists' },
    'thrift.exception': {
      type: 'json',
      doc: 'The exception: its text and type, or its fields by number.',
      example: 'thrift.exception exists',
    },
    'thrift.protocol': {
      type: 'string',
      doc: 'How values are encoded.',
      example: 'thrift.protocol == "compact"',
      values: ['binary', 'compact'],
    },
    'thrift.transport': {
      type: 'string',
      doc: 'Whether messages have their length before them.',
      example: 'thrift.transport == "framed"',
      values: ['framed', 'buffered'],
    },
    'thrift.sequence': { type: 'int', doc: 'Number that ties the reply to its call.', example: 'thrift.sequence == 7' },
  },
  sections: [
    {
      title: 'Call',
      tab: 'request',
      rows: [
        { label: 'Service', path: 'thrift.service' },
        { label: 'Method', path: 'thrift.method' },
        { label: 'Arguments', path: 'thrift.arguments', viewer: 'json' },
        { label: 'Sequence', path: 'thrift.sequence' },
        { label: 'Protocol', path: 'thrift.protocol' },
        { label: 'Transport', path: 'thrift.transport' },
      ],
    },
    {
      title: 'Reply',
      tab: 'response',
      rows: [
        { label: 'Status', path: 'response.status' },
        { label: 'Error', path: 'errorText' },
        { label: 'Exception', path: 'thrift.exception', viewer: 'json' },
        { label: 'Result', path: 'thrift.result', viewer: 'json' },
      ],
    },
  ],
});
