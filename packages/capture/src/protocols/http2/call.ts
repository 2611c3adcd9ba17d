/** A call is a stream (RFC 9113 §5). */

import type { JsonObject } from '@kubeshark/model';
import { HttpCall, type HttpCallContext } from '../../http/call.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';

const STREAM = piece(',"http2":{"streamId":');

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

  writeData(json: JsonWriter): void {
    json.copyOf(STREAM);
    json.number(this.id);
    if (this.resetCode !== undefined) {
      json.raw(',"resetCode":');
      json.text(this.resetCode);
    }
    json.raw('}');
  }

  override get data(): Readonly<Record<string, JsonObject>> {
    const { id, resetCode } = this;
    return { http2: { streamId: id, ...(resetCode !== undefined && { resetCode }) } };
  }
}
