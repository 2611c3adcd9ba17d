import type { Dissector } from '../../dissect/dissector.ts';
import { CassandraSession } from './session.ts';
import { type CqlMessage, startsWithEnvelope } from './wire.ts';

export const cassandra: Dissector<CqlMessage> = {
  id: 'cassandra',
  transports: ['tcp'],
  inPlace: true,
  probe: (sample, side) => startsWithEnvelope(sample, 0, side),
  open: (context) => new CassandraSession(context),
};
