/**
 * A call whose request and response are each whole in one packet, and nothing about them is odd: nearly every call on a kept
 * connection. It is a few numbers and where its bytes lie; the objects of a call are made for what asks for more.
 *
 * One object stands for all of them, one after the other.
 */

import type { Micros } from '@kubeshark/model';
import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Exchange, Span, WrittenDescription } from '../../dissect/dissector.ts';
import { HttpCall } from '../../http/call.ts';
import type { HeldRequest } from './held-request.ts';
import { Http1Request, Http1Response } from './message.ts';
import type { Part } from './wire.ts';

export class PlainExchange implements Exchange {
  readonly protocol = 'http';
  readonly gap = 0;
  readonly truncated = false;
  requestStart: Micros = 0;
  requestEnd: Micros = 0;
  responseStart: Micros = 0;
  responseEnd: Micros = 0;
  requestSize = 0;
  responseSize = 0;
  status = 0;
  error = false;
  private held: HeldRequest;
  private part: Part;
  /** Made when more is asked than numbers, of objects that serve all calls. */
  private readonly call: HttpCall;
  private isMade = false;
  private readonly request = new Http1Request();
  private readonly response = new Http1Response();

  constructor(held: HeldRequest, part: Part) {
    this.held = held;
    this.part = part;
    this.call = new HttpCall(held.context);
  }

  /** Becomes the next call: `part` is its response. */
  begin(held: HeldRequest, part: Part, span: Span): this {
    const { status } = part.head;
    this.held = held;
    this.part = part;
    this.requestStart = held.at;
    this.requestEnd = held.at;
    this.responseStart = span.first;
    this.responseEnd = span.last;
    this.requestSize = held.end - held.start;
    this.responseSize = part.end - part.start;
    this.status = status;
    this.error = status >= 400;
    this.isMade = false;
    return this;
  }

  group(): CallGroup {
    return this.held.group;
  }

  endpoint(): string {
    return this.held.group.endpoint;
  }

  describe(): Description {
    return this.made.describe();
  }

  written(): WrittenDescription | null {
    return this.made.written();
  }

  private get made(): HttpCall {
    const { call } = this;
    if (this.isMade) return call;
    this.isMade = true;
    const { held, part, request, response } = this;
    const { context } = held;
    const { isSecure, maxBodyBytes: limit } = context;
    const asked = held.part;
    request.release();
    request.take(asked, { first: this.requestStart, last: this.requestEnd }, { isBorrowed: true, isSecure });
    request.takeContent(asked, limit);
    response.release();
    response.take(part, { first: this.responseStart, last: this.responseEnd }, true);
    response.takeContent(part, limit);
    call.begin(context);
    call.request = request;
    call.response = response;
    return call;
  }
}
