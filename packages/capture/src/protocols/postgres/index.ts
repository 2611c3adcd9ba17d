import type { Dissector, Side } from '../../dissect/dissector.ts';
import { PostgresSession } from './session.ts';
import { type PostgresMessage, startsWithMessage, startsWithStartup } from './wire.ts';

function probeClient(sample: Uint8Array): 'yes' | 'no' | 'more' {
  const startup = startsWithStartup(sample);
  if (startup !== 'no') return startup;
  return startsWithMessage(sample, 0, 'client') ? 'yes' : 'no';
}

/** Encryption answers and first messages of a server: authentication, error, or the middle of a conversation. */
function probeServer(sample: Uint8Array): 'yes' | 'no' | 'more' {
  const [first] = sample;
  // One byte answers a request for encryption; alone it says nothing, the client's side decides.
  if (sample.length < 5)
    return first !== undefined && 'SGNRETZC12'.includes(String.fromCharCode(first)) ? 'more' : 'no';
  if (startsWithMessage(sample, 0, 'server')) return 'yes';
  return (first === 0x53 || first === 0x4e) && sample[1] !== 0 ? 'more' : 'no';
}

export const postgres: Dissector<PostgresMessage> = {
  id: 'postgres',
  transports: ['tcp'],
  probe: (sample: Uint8Array, side: Side) => (side === 'client' ? probeClient(sample) : probeServer(sample)),
  inPlace: true,
  open: (context) => new PostgresSession(context),
};
