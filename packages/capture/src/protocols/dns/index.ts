import type { Dissector } from '../../dissect/dissector.ts';
import type { DnsCall } from './call.ts';
import { DnsLookups } from './lookups.ts';
import { ANSWER_TIMEOUT_MICROS } from './pairing.ts';
import { DnsSession } from './session.ts';
import { type DnsMessage, fits, mayBeFramed, parseDatagram, parseFramed } from './wire.ts';

/** Multicast ports are not among them: what is asked there is answered by others than were asked. */
const DNS_PORT = 53;

/** DNS over UDP and TCP, multicast DNS and LLMNR. */
export const dns: Dissector<DnsMessage, DnsCall> = {
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
  lookups: {
    ports: [DNS_PORT],
    open: (context) => new DnsLookups(context),
    goOn: (context, waiting) => new DnsSession(context, waiting),
  },
};
