import type { Dissector, Side } from '../../dissect/dissector.ts';
import { RabbitSession } from './session.ts';
import { type Frame, startsWith } from './wire.ts';

export const rabbitmq: Dissector<Frame> = {
  id: 'rabbitmq',
  transports: ['tcp'],
  inPlace: true,
  probe: (sample: Uint8Array, side: Side) => startsWith(sample, 0, side),
  open: (context) => new RabbitSession(context),
};
