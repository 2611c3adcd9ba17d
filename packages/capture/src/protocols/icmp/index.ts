import type { Dissector } from '../../dissect/dissector.ts';
import { ICMP_HEADER_BYTES } from '../../packet/icmp.ts';
import { IcmpSession, REPLY_TIMEOUT_MICROS } from './session.ts';
import type { IcmpMessage } from './wire.ts';

const ECHO_REPLIES = [0, 129];
const ECHO_REQUESTS = [8, 128];

/** ICMP and ICMPv6. Nothing else has IP protocols 1 and 58: the probe only tells who asks. */
export const icmp: Dissector<IcmpMessage> = {
  id: 'icmp',
  transports: ['icmp'],
  probe(sample, side) {
    if (sample.length < ICMP_HEADER_BYTES) return 'no';
    const wrong = side === 'client' ? ECHO_REPLIES : ECHO_REQUESTS;
    return wrong.includes(sample[0]!) ? 'no' : 'yes';
  },
  idleMicros: REPLY_TIMEOUT_MICROS,
  open: (context) => new IcmpSession(context),
};
