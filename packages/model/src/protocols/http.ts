import { defineProtocol } from '../protocol.ts';

export const http = defineProtocol({
  id: 'http',
  name: 'HTTP/1.x and HTTP/2 calls',
  badge: 'HTTP',
  hue: 212,
  transports: ['tcp'],
  ports: [80, 8080, 8000, 3000],
  reference: 'https://www.rfc-editor.org/rfc/rfc9110',
  aliases: ['rest'],
  errors: 'Status 400 and above, no response, or a connection that was reset.',
  fields: {
    'request.cookies': {
      type: 'map',
      doc: 'Cookies sent with the request, by name.',
      example: 'request.cookies["session"] exists',
    },
    'request.host': { type: 'string', doc: 'Host asked for, without the port.', example: 'request.host == "api.shop"' },
    'request.httpVersion': {
      type: 'string',
      doc: 'Version of the protocol: 1.0, 1.1 or 2.',
      example: 'request.httpVersion == "1.1"',
      aliases: ['http_version'],
      values: ['1.0', '1.1', '2'],
    },
    'response.cookies': {
      type: 'map',
      doc: 'Cookies set by the response, by name.',
      example: 'response.cookies["token"] exists',
    },
    'response.statusText': {
      type: 'string',
      doc: 'Reason phrase of the status line.',
      example: 'response.statusText == "Not Found"',
    },
  },
  sections: [
    {
      title: 'Request',
      tab: 'request',
      rows: [
        { label: 'Method', path: 'request.method' },
        { label: 'URL', path: 'request.url' },
        { label: 'Version', path: 'request.httpVersion' },
      ],
    },
    { title: 'Query', tab: 'request', rows: [{ label: 'Query', path: 'request.query', viewer: 'table' }] },
    { title: 'Headers', tab: 'request', rows: [{ label: 'Headers', path: 'request.headers', viewer: 'table' }] },
    { title: 'Cookies', tab: 'request', rows: [{ label: 'Cookies', path: 'request.cookies', viewer: 'table' }] },
    { title: 'Body', tab: 'request', rows: [{ label: 'Body', path: 'request.body', viewer: 'body' }] },
    {
      title: 'Response',
      tab: 'response',
      rows: [
        { label: 'Status', path: 'response.status' },
        { label: 'Reason', path: 'response.statusText' },
      ],
    },
    { title: 'Headers', tab: 'response', rows: [{ label: 'Headers', path: 'response.headers', viewer: 'table' }] },
    { title: 'Cookies', tab: 'response', rows: [{ label: 'Cookies', path: 'response.cookies', viewer: 'table' }] },
    { title: 'Body', tab: 'response', rows: [{ label: 'Body', path: 'response.body', viewer: 'body' }] },
  ],
});
