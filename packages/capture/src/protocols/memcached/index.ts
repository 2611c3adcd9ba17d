import type { Dissector, Side } from '../../dissect/dissector.ts';
import { startsWithAny } from './read.ts';
import { MemcachedSession, type TcpMessage } from './session.ts';
import { type Datagram, DatagramSession, isDatagram } from './udp.ts';

export const memcached: Dissector<TcpMessage | Datagram> = {
  id: 'memcached',
  transports: ['tcp', 'udp'],
  inPlace: true,
  // A probe is not told the transport: no stream begins with the header of a datagram.
  probe: (sample: Uint8Array, side: Side) => (isDatagram(sample, side) ? 'yes' : startsWithAny(sample, 0, side)),
  open: (context) => (context.transport === 'udp' ? new DatagramSession(context) : new MemcachedSession(context)),
};
