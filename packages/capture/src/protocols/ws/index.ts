import type { Dissector } from '../../dissect/dissector.ts';
import { startsLikeFrame, WsSession } from './session.ts';
import type { WsToken } from './wire.ts';

/** WebSocket connections: after an upgrade, or joined in their middle where text tells them. */
export const ws: Dissector<WsToken> = {
  id: 'ws',
  transports: ['tcp'],
  probe: (sample, side) => (startsLikeFrame(sample, 0, side) ? 'yes' : 'no'),
  open: (context, upgrade) => new WsSession(context, upgrade),
};
