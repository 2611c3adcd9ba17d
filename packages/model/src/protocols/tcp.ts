import { defineProtocol } from '../protocol.ts';

/** Connections whose protocol was not recognised, or that failed before one could show itself. */
export const tcp = defineProtocol({
  id: 'tcp',
  name: 'TCP connection',
  badge: 'TCP',
  hue: 220,
  transports: ['tcp'],
  ports: [],
  reference: 'https://www.rfc-editor.org/rfc/rfc9293',
  errors: 'The connection was refused, reset, or never answered.',
  fields: {},
  sections: [],
});
