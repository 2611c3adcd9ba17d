/** A call is a stream (RFC 9113 §5). */

import type { JsonObject } from '@kubeshark/model';
import { HttpCall, type HttpCallContext } from '../../http/call.ts';

export class Http2Call extends HttpCall {
  /** Of the stream. */
  id: number;
  resetCode: string | undefined;

  constructor(context: HttpCallContext, id: number) {
    super(context);
    this.id = id;
    this.resetCode = undefined;
  }

  /** Becomes the call of another stream. */
  open(context: HttpCallContext, id: number): this {
    this.begin(context);
    this.id = id;
    this.resetCode = undefined;
    return this;
  }

  override get data(): Readonly<Record<string, JsonObject>> {
    const { id, resetCode } = this;
    return { http2: { streamId: id, ...(resetCode !== undefined && { resetCode }) } };
  }
}
