import type { Dissector } from '../../dissect/dissector.ts';
import { DubboSession } from './session.ts';
import { type DubboMessage, startsWithMessage } from './wire.ts';

/** Dubbo 2's own protocol; Triple, that of Dubbo 3, is gRPC's and HTTP's. */
export const dubbo: Dissector<DubboMessage> = {
  id: 'dubbo',
  transports: ['tcp'],
  inPlace: true,
  probe: (sample, side) => startsWithMessage(sample, 0, side),
  open: (context) => new DubboSession(context),
};
