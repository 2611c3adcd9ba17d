import type { Dissector } from '../../dissect/dissector.ts';
import { MongoSession } from './session.ts';
import { type MongoMessage, startsWithMessage } from './wire.ts';

export const mongodb: Dissector<MongoMessage> = {
  id: 'mongodb',
  transports: ['tcp'],
  probe: (sample, side) => startsWithMessage(sample, 0, side),
  inPlace: true,
  open: (context) => new MongoSession(context),
};
