import { defineProtocol } from '../protocol.ts';

export const grpc = defineProtocol({
  id: 'grpc',
  name: 'gRPC',
  badge: 'GRPC',
  hue: 172,
  transports: ['tcp'],
  ports: [50051],
  reference: 'https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md',
  errors: 'A grpc-status other than 0, a stream that was reset, or no response.',
  fields: {
    'request.service': {
      type: 'string',
      doc: 'Full name of the service called, with its package.',
      example: 'grpc and request.service == "orders.v1.Orders"',
      aliases: ['grpc.service', 'grpc_service'],
    },
    'grpc.method': {
      type: 'string',
      doc: 'Name of the method called, the same as `request.method` for gRPC.',
      example: 'grpc.method == "GetOrder"',
      aliases: ['grpc_method'],
      path: 'request.method',
      when: 'grpc',
    },
    'grpc.status': {
      type: 'int',
      doc: 'gRPC status number, the same as `response.status` for gRPC.',
      example: 'grpc.status != 0',
      aliases: ['grpc_status'],
      path: 'response.status',
      when: 'grpc',
    },
    'response.message': {
      type: 'string',
      doc: 'grpc-message: what the server said about the status.',
      example: 'response.message contains "deadline"',
      aliases: ['grpc.message', 'grpc_message'],
    },
  },
  sections: [
    {
      title: 'Call',
      tab: 'request',
      rows: [
        { label: 'Service', path: 'request.service' },
        { label: 'Method', path: 'request.method' },
      ],
    },
    { title: 'Metadata', tab: 'request', rows: [{ label: 'Metadata', path: 'request.headers', viewer: 'table' }] },
    { title: 'Messages', tab: 'request', rows: [{ label: 'Messages', path: 'request.messages', viewer: 'messages' }] },
    {
      title: 'Status',
      tab: 'response',
      rows: [
        { label: 'Status', path: 'response.status' },
        { label: 'Message', path: 'response.message' },
      ],
    },
    { title: 'Metadata', tab: 'response', rows: [{ label: 'Metadata', path: 'response.headers', viewer: 'table' }] },
    {
      title: 'Messages',
      tab: 'response',
      rows: [{ label: 'Messages', path: 'response.messages', viewer: 'messages' }],
    },
  ],
});
