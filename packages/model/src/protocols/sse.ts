import { defineProtocol } from '../protocol.ts';

/** An event stream is one HTTP call whose response body is a series of events. */
export const sse = defineProtocol({
  id: 'sse',
  name: 'Server-sent events',
  badge: 'SSE',
  hue: 240,
  transports: ['tcp'],
  ports: [80, 8080],
  reference: 'https://html.spec.whatwg.org/multipage/server-sent-events.html',
  errors: 'An error of the HTTP call below.',
  fields: {
    'sse.events': { type: 'int', doc: 'Events seen on the stream.', example: 'sse.events > 100' },
    'sse.types': { type: 'strings', doc: 'Event types seen on the stream.', example: 'sse.types == "message"' },
    'sse.lastEventId': { type: 'string', doc: 'Last event id seen.', example: 'sse.lastEventId exists' },
  },
  sections: [
    {
      title: 'Stream',
      tab: 'response',
      rows: [
        { label: 'Events', path: 'sse.events' },
        { label: 'Types', path: 'sse.types' },
        { label: 'Last event id', path: 'sse.lastEventId' },
      ],
    },
    { title: 'Events', tab: 'response', rows: [{ label: 'Events', path: 'response.messages', viewer: 'messages' }] },
  ],
});
