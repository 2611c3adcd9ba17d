import type { Dissector } from '../../dissect/dissector.ts';
import { NatsSession, type SessionMessage } from './session.ts';
import { startsWithMessage } from './wire.ts';

export const nats: Dissector<SessionMessage> = {
  id: 'nats',
  transports: ['tcp'],
  inPlace: true,
  probe: (sample, side) => startsWithMessage(sample, side),
  open: (context) => new NatsSession(context),
};
