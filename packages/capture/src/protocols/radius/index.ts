import { protocolOf } from '@kubeshark/model';
import type { Dissector } from '../../dissect/dissector.ts';
import type { RadiusCall } from './call.ts';
import { RadiusLookups } from './lookups.ts';
import { ANSWER_TIMEOUT_MICROS } from './pairing.ts';
import { RadiusSession } from './session.ts';
import { looksLikePacket, type RadiusPacket } from './wire.ts';

/** RADIUS over UDP; over TCP too, and inside TLS. */
export const radius: Dissector<RadiusPacket, RadiusCall> = {
  id: 'radius',
  transports: ['udp', 'tcp'],
  inPlace: true,
  probe: (sample, side) => looksLikePacket(sample, 0, side),
  idleMicros: ANSWER_TIMEOUT_MICROS,
  open: (context) => new RadiusSession(context),
  lookups: {
    ports: protocolOf('radius')?.ports ?? [],
    open: (context) => new RadiusLookups(context),
    goOn: (context, waiting) => new RadiusSession(context, waiting),
  },
};
