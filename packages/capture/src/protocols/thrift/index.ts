import type { Dissector } from '../../dissect/dissector.ts';
import { type SessionMessage, ThriftSession } from './session.ts';
import { startsWithMessage } from './wire.ts';

export const thrift: Dissector<SessionMessage> = {
  id: 'thrift',
  transports: ['tcp'],
  inPlace: true,
  probe: (sample, side) => startsWithMessage(sample, 0, side),
  open: (context) => new ThriftSession(context),
};
