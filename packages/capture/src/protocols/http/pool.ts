/** Calls of all connections, and their messages, used again when they are over. */

import { HttpCall, type HttpCallContext } from '../../http/call.ts';
import { Spares } from '../../http/spares.ts';
import { Http1Request, Http1Response } from './message.ts';

const calls = new Spares<HttpCall>();
const requests = new Spares<Http1Request>();
const responses = new Spares<Http1Response>();

/** A call that has nothing yet. */
export const newCall = (context: HttpCallContext): HttpCall => calls.take()?.begin(context) ?? new HttpCall(context);

/** Messages to be filled. */
export const newRequest = (): Http1Request => requests.take() ?? new Http1Request();
export const newResponse = (): Http1Response => responses.take() ?? new Http1Response();

/** Nobody holds a whole call once it was given out. */
export function recycle(call: HttpCall): void {
  const { request, response } = call;
  if (request instanceof Http1Request) {
    request.release();
    requests.give(request);
  }
  if (response instanceof Http1Response) {
    response.release();
    responses.give(response);
  }
  calls.give(call);
}
