/** Calls of all connections, used again when they are over. */

import type { HttpCallContext } from '../../http/call.ts';
import { Spares } from '../../http/spares.ts';
import { Http2Call } from './call.ts';

const calls = new Spares<Http2Call>();

export const newCall = (context: HttpCallContext, id: number): Http2Call =>
  (calls.take() ?? new Http2Call(context)).open(context, id);

/** Nobody holds a call once it was given out and its stream is gone. */
export function recycle(call: Http2Call): void {
  call.release();
  calls.give(call);
}
