import type { Dissector } from '../../dissect/dissector.ts';
import { DnsSession } from './session.ts';
import { type DnsMessage, isPlausible, parseDatagram, parseFramed } from './wire.ts';

/** DNS over UDP and TCP, multicast DNS and LLMNR. */
export const dns: Dissector<DnsMessage> = {
  id: 'dns',
  transports: ['udp', 'tcp'],
  /** Either side may send either kind: a multicast group hears queries and answers from the same port. */
  probe(sample) {
    // A probe is not told the transport: a datagram is tried first, and must be a whole message if it is one.
    const datagram = parseDatagram(sample, 0);
    if (datagram.kind === 'done' && datagram.value.exact && isPlausible(datagram.value)) return 'yes';
    const framed = parseFramed(sample, 0);
    if (framed.kind === 'done') return isPlausible(framed.value) ? 'yes' : 'no';
    if (datagram.kind === 'done' && isPlausible(datagram.value)) return 'yes';
    return framed.kind === 'more' ? 'more' : 'no';
  },
  open: (context) => new DnsSession(context),
};
