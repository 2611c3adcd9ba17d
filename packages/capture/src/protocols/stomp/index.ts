import type { Dissector } from '../../dissect/dissector.ts';
import { StompSession } from './session.ts';
import { type StompMessage, startsWithFrame } from './wire.ts';

export const stomp: Dissector<StompMessage> = {
  id: 'stomp',
  transports: ['tcp'],
  inPlace: true,
  probe(sample, side) {
    // Line ends before a frame are heart-beats.
    const start = sample.findIndex((byte) => byte !== 10 && byte !== 13);
    return start < 0 ? 'more' : startsWithFrame(sample, start, side);
  },
  open: (context) => new StompSession(context),
};
