import type { Dissector } from '../../dissect/dissector.ts';
import { ANSWER_TIMEOUT_MICROS, RadiusSession } from './session.ts';
import { looksLikePacket, type RadiusPacket } from './wire.ts';

/** RADIUS over UDP; over TCP too, and inside TLS. */
export const radius: Dissector<RadiusPacket> = {
  id: 'radius',
  transports: ['udp', 'tcp'],
  inPlace: true,
  probe: (sample, side) => looksLikePacket(sample, 0, side),
  idleMicros: ANSWER_TIMEOUT_MICROS,
  open: (context) => new RadiusSession(context),
};
