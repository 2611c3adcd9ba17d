import type { Dissector } from '../../dissect/dissector.ts';
import type { WsRefiner } from '../../ws/refiner.ts';
import { startsLikeFrame, WsSession } from './session.ts';
import type { WsToken } from './wire.ts';

/** WebSocket connections: after an upgrade, or joined in their middle where text tells them; `refiners` read what is inside. */
export const ws = (refiners: readonly WsRefiner[]): Dissector<WsToken> => ({
  id: 'ws',
  transports: ['tcp'],
  probe: (sample, side) => (startsLikeFrame(sample, 0, side) ? 'yes' : 'no'),
  open: (context, upgrade) => new WsSession(context, refiners, upgrade),
});
