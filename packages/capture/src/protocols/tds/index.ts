import type { Dissector } from '../../dissect/dissector.ts';
import { TdsSession } from './session.ts';
import { startsWithMessage, type TdsMessage } from './wire.ts';

export const tds: Dissector<TdsMessage> = {
  id: 'tds',
  transports: ['tcp'],
  probe: (sample, side) => startsWithMessage(sample, 0, side),
  inPlace: true,
  open: (context) => new TdsSession(context),
};
