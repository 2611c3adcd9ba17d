import type { Dissector } from '../../dissect/dissector.ts';
import { ThriftSession } from './session.ts';
import { startsWithMessage, type ThriftMessage } from './wire.ts';

export const thrift: Dissector<ThriftMessage> = {
  id: 'thrift',
  transports: ['tcp'],
  probe: (sample, side) => startsWithMessage(sample, 0, side),
  open: (context) => new ThriftSession(context),
};
