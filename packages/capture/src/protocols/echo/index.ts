import type { Dissector } from '../../dissect/dissector.ts';
import { ECHO } from './describe.ts';
import { EchoSession } from './session.ts';
import { type EchoMessage, isPlausible } from './wire.ts';

/** The template every protocol starts from; tested like one, but not registered. */
export const echo: Dissector<EchoMessage> = {
  id: ECHO,
  transports: ['tcp', 'udp'],
  probe(sample) {
    if (sample.length < 4) return 'more';
    return isPlausible(sample, 0) ? 'yes' : 'no';
  },
  open: (context) => new EchoSession(context),
};
