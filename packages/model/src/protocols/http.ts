import { defineProtocol } from '../protocol.ts';

export const http = defineProtocol({
  id: 'http',
  name: 'HTTP',
  badge: 'HTTP',
  hue: 212,
  transports: ['tcp'],
  ports: [80, 8080, 8000, 3000],
  reference: 'https://www.rfc-editor.org/rfc/rfc9110',
  errors: 'Status 400 and above, no response, or a connection that was reset.',
  fields: {},
  sections: [],
});
