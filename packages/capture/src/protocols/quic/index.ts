import type { Dissector } from '../../dissect/dissector.ts';
import { QuicSession } from './session.ts';
import { parseDatagram, type QuicDatagram } from './wire.ts';

/** QUIC versions 1 and 2 over UDP, from a packet with a long header on. */
export const quic: Dissector<QuicDatagram> = {
  id: 'quic',
  transports: ['udp'],
  probe(sample, side) {
    const parsed = parseDatagram(sample, 0);
    const first = parsed.kind === 'done' ? parsed.value.packets[0] : undefined;
    // A short header is one bit: too little to tell from anything else.
    if (first === undefined || first.type === '1-rtt') return 'no';
    const fromServer = first.type === 'retry' || first.type === 'version negotiation';
    return (fromServer && side === 'client') || (first.type === '0-rtt' && side === 'server') ? 'no' : 'yes';
  },
  open: (context) => new QuicSession(context),
};
