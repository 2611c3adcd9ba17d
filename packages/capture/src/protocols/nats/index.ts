import type { Dissector } from '../../dissect/dissector.ts';
import { NatsSession } from './session.ts';
import { type NatsMessage, startsWithMessage } from './wire.ts';

export const nats: Dissector<NatsMessage> = {
  id: 'nats',
  transports: ['tcp'],
  probe: (sample, side) => startsWithMessage(sample, side),
  open: (context) => new NatsSession(context),
};
