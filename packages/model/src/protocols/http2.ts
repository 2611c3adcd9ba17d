import { defineProtocol } from '../protocol.ts';

/** Calls over HTTP/2 also carry `http`: headers, path and bodies are declared there. */
export const http2 = defineProtocol({
  id: 'http2',
  name: 'HTTP/2',
  badge: 'HTTP2',
  hue: 195,
  transports: ['tcp'],
  ports: [80, 443, 8080],
  reference: 'https://www.rfc-editor.org/rfc/rfc9113',
  aliases: ['h2'],
  errors: 'Status 400 and above, a stream that was reset, or no response.',
  fields: {
    'http2.streamId': { type: 'int', doc: 'Number of the stream the call used.', example: 'http2.streamId == 1' },
    'http2.resetCode': {
      type: 'string',
      doc: 'Name of the error code when either side reset the stream.',
      example: 'http2.resetCode == "CANCEL"',
    },
  },
  sections: [
    {
      title: 'HTTP/2',
      tab: 'connection',
      rows: [
        { label: 'Stream', path: 'http2.streamId' },
        { label: 'Reset code', path: 'http2.resetCode' },
      ],
    },
  ],
});
