import { defineProtocol } from '../protocol.ts';

export const dubbo = defineProtocol({
  id: 'dubbo',
  name: 'Apache Dubbo 2',
  badge: 'DUBBO',
  hue: 178,
  transports: ['tcp'],
  ports: [20880],
  reference: 'https://dubbo.apache.org/en/overview/reference/protocols/tcp/',
  errors: 'An exception, a response whose status is not OK, or no reply.',
  fields: {
    'dubbo.service': {
      type: 'string',
      doc: 'Interface that is called.',
      example: 'dubbo.service like "*.Orders"',
    },
    'dubbo.method': { type: 'string', doc: 'Method that is called.', example: 'dubbo.method == "place"' },
    'dubbo.serviceVersion': {
      type: 'string',
      doc: 'Version of the interface.',
      example: 'dubbo.serviceVersion == "1.0.0"',
    },
    'dubbo.version': { type: 'string', doc: 'Version of the protocol.', example: 'dubbo.version exists' },
    'dubbo.parameterTypes': {
      type: 'strings',
      doc: 'Types of the arguments.',
      example: 'dubbo.parameterTypes == "java.lang.String"',
    },
    'dubbo.arguments': { type: 'json', doc: 'Arguments.', example: 'dubbo.arguments[0] == 7' },
    'dubbo.result': { type: 'json', doc: 'What the method returned.', example: 'dubbo.result exists' },
    'dubbo.exception': {
      type: 'json',
      doc: 'Class and message of the exception.',
      example: 'dubbo.exception.class exists',
    },
    'dubbo.serialization': {
      type: 'string',
      doc: 'How bodies are written.',
      example: 'dubbo.serialization == "hessian2"',
      values: ['hessian2', 'fastjson', 'fastjson2', 'kryo', 'java', 'protobuf'],
    },
    'dubbo.twoWay': { type: 'bool', doc: 'The caller waits for a response.', example: 'not dubbo.twoWay' },
    'dubbo.requestId': {
      type: 'string',
      doc: 'Number that ties the response to its request.',
      example: 'dubbo.requestId == "7"',
    },
  },
  sections: [
    {
      title: 'Call',
      tab: 'request',
      rows: [
        { label: 'Service', path: 'dubbo.service' },
        { label: 'Service version', path: 'dubbo.serviceVersion' },
        { label: 'Method', path: 'dubbo.method' },
        { label: 'Types', path: 'dubbo.parameterTypes' },
        { label: 'Arguments', path: 'dubbo.arguments', viewer: 'json' },
        { label: 'Serialization', path: 'dubbo.serialization' },
        { label: 'Waits', path: 'dubbo.twoWay' },
        { label: 'Number', path: 'dubbo.requestId' },
        { label: 'Version', path: 'dubbo.version' },
      ],
    },
    {
      title: 'Attachments',
      tab: 'request',
      rows: [{ label: 'Attachments', path: 'request.attachments', viewer: 'table' }],
    },
    {
      title: 'Response',
      tab: 'response',
      rows: [
        { label: 'Status', path: 'response.statusText' },
        { label: 'Error', path: 'errorText' },
        { label: 'Exception', path: 'dubbo.exception', viewer: 'json' },
        { label: 'Result', path: 'dubbo.result', viewer: 'json' },
      ],
    },
    {
      title: 'Attachments',
      tab: 'response',
      rows: [{ label: 'Attachments', path: 'response.attachments', viewer: 'table' }],
    },
  ],
});
