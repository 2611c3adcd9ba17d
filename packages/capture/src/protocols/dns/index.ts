import type { Dissector, Side } from '../../dissect/dissector.ts';
import { ANSWER_TIMEOUT_MICROS, DnsSession } from './session.ts';
import { type DnsMessage, isPlausible, mayBeFramed, parseDatagram, parseFramed } from './wire.ts';

/** DNS over UDP and TCP, multicast DNS and LLMNR. */
export const dns: Dissector<DnsMessage> = {
  id: 'dns',
  transports: ['udp', 'tcp'],
  inPlace: true,
  probe(sample, side) {
    // A probe is not told the transport: a datagram is tried first, and must be a whole message if it is one.
    const datagram = parseDatagram(sample, 0);
    if (datagram.kind === 'done' && datagram.value.exact && fits(datagram.value, side)) return 'yes';
    const framed = parseFramed(sample, 0);
    if (framed.kind === 'done') return fits(framed.value, side) ? 'yes' : 'no';
    if (datagram.kind === 'done' && fits(datagram.value, side)) return 'yes';
    return framed.kind === 'more' && mayBeFramed(sample) ? 'more' : 'no';
  },
  idleMicros: ANSWER_TIMEOUT_MICROS,
  open: (context) => new DnsSession(context),
};

/** Servers answer, clients ask; but a multicast group (id 0, RFC 6762 §18.1) hears both from the same port. */
function fits(message: DnsMessage, side: Side): boolean {
  return (message.id === 0 || message.isResponse === (side === 'server')) && isPlausible(message);
}
