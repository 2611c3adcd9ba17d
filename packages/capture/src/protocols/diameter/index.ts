import type { Dissector } from '../../dissect/dissector.ts';
import { DiameterSession } from './session.ts';
import { type DiameterMessage, startsWithMessage } from './wire.ts';

/** Diameter over TCP and SCTP, and inside TLS. */
export const diameter: Dissector<DiameterMessage> = {
  id: 'diameter',
  transports: ['tcp', 'sctp'],
  inPlace: true,
  probe: (sample) => startsWithMessage(sample, 0),
  open: (context) => new DiameterSession(context),
};
