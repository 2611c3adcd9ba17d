import type { Dissector } from '../../dissect/dissector.ts';
import { QuicSession } from './session.ts';
import { type QuicDatagram, readDatagram } from './wire.ts';

/** QUIC versions 1 and 2 over UDP, from a packet with a long header on. */
export const quic: Dissector<QuicDatagram> = {
  id: 'quic',
  transports: ['udp'],
  probe(sample, side) {
    const [first] = readDatagram(sample).packets;
    // A short header is one bit: too little to tell from anything else.
    if (first === undefined || first.type === '1-rtt') return 'no';
    // Nothing was agreed yet: the bit that marks QUIC is still set (RFC 9000 §17.2).
    if (first.type !== 'version negotiation' && (sample[0]! & 0x40) === 0) return 'no';
    const fromServer = first.type === 'retry' || first.type === 'version negotiation';
    return (fromServer && side === 'client') || (first.type === '0-rtt' && side === 'server') ? 'no' : 'yes';
  },
  open: (context) => new QuicSession(context),
};
