/** What calls are put together of as their header blocks come, and taken apart into when they are over. */

import type { Span } from '../../dissect/dissector.ts';
import type { HttpCall, HttpCallContext } from '../../http/call.ts';
import type { HttpMessage } from '../../http/message.ts';
import { Spares } from '../../http/spares.ts';
import { Http2Call } from './call.ts';
import type { HeaderBlock } from './header-block.ts';
import { Http2Request, Http2Response } from './message.ts';

/** Interim responses kept of one call. */
const MAX_INTERIM = 16;

/** When a header block was on the wire, and what it took there. */
export interface BlockSpan extends Span {
  readonly size: number;
}

/** Of all connections. */
const calls = new Spares<Http2Call>();
const requests = new Spares<Http2Request>();
const responses = new Spares<Http2Response>();

export function openCall(context: HttpCallContext, id: number): Http2Call {
  return calls.take()?.open(context, id) ?? new Http2Call(context, id);
}

export function takeRequest(call: HttpCall, block: HeaderBlock, when: BlockSpan): void {
  if (call.request !== null) return trailers(call.request, block, when);
  call.request = (requests.take() ?? new Http2Request()).take(block, when);
  call.request.size = when.size;
}

export function takeResponse(call: HttpCall, block: HeaderBlock, when: BlockSpan): void {
  if (call.response !== null) return trailers(call.response, block, when);
  const message = (responses.take() ?? new Http2Response()).take(block, when);
  message.size = when.size;
  const { status } = message.head;
  if (status < 100 || status >= 200) {
    call.response = message;
    return;
  }
  call.interim ??= [];
  if (call.interim.length < MAX_INTERIM) call.interim.push(message);
}

/** Nobody holds a call once it was given out and its stream is gone. */
export function recycle(call: Http2Call): void {
  const { request, response } = call;
  if (request instanceof Http2Request) {
    request.release();
    requests.give(request);
  }
  if (response instanceof Http2Response) {
    response.release();
    responses.give(response);
  }
  call.request = null;
  call.response = null;
  calls.give(call);
}

function trailers(message: HttpMessage, block: HeaderBlock, { size, last }: BlockSpan): void {
  message.trailers = block;
  message.size += size;
  message.end = last;
}
