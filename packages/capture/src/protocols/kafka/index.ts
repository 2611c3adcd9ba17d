import type { Dissector, Side } from '../../dissect/dissector.ts';
import { KafkaSession } from './session.ts';
import { type KafkaMessage, mayBeResponse, startsWithRequest } from './wire.ts';

function probe(sample: Uint8Array, side: Side): 'yes' | 'no' | 'more' {
  if (side === 'client') return startsWithRequest(sample, 0);
  // Answers do not say what they are: the client's side decides.
  return mayBeResponse(sample, 0) ? 'more' : 'no';
}

export const kafka: Dissector<KafkaMessage> = {
  id: 'kafka',
  transports: ['tcp'],
  inPlace: true,
  probe,
  open: (context) => new KafkaSession(context),
};
