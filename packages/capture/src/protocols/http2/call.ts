/** A call is a stream (RFC 9113 §5). */

import type { JsonObject } from '@kubeshark/model';
import { HttpCall, type HttpCallContext } from '../../http/call.ts';
import type { HttpMessage } from '../../http/message.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import type { HeaderBlock } from './header-block.ts';
import { type BlockSpan, Http2Request, Http2Response } from './message.ts';

/** Interim responses kept of one call. */
const MAX_INTERIM = 16;
const STREAM = piece(',"http2":{"streamId":');

export class Http2Call extends HttpCall {
  /** Of the stream. */
  id = 0;
  /** Among the streams of its connection, as they were opened. */
  order = 0;
  resetCode: string | undefined;
  /** What it is made of when it has a half; used again with it. */
  private readonly ownRequest = new Http2Request();
  private readonly ownResponse = new Http2Response();

  /** Becomes the call of a stream. */
  open(context: HttpCallContext, id: number): this {
    this.begin(context);
    this.id = id;
    this.resetCode = undefined;
    return this;
  }

  takeRequest(block: HeaderBlock, when: BlockSpan): void {
    if (this.request === null) this.request = this.ownRequest.take(block, when);
    else takeTrailers(this.request, block, when);
  }

  takeResponse(block: HeaderBlock, when: BlockSpan): void {
    if (this.response !== null) return takeTrailers(this.response, block, when);
    const { status } = block;
    if (status < 100 || status >= 200) {
      this.response = this.ownResponse.take(block, when);
      return;
    }
    this.interim ??= [];
    if (this.interim.length < MAX_INTERIM) this.interim.push(new Http2Response().take(block, when));
  }

  /** It was given out, and nobody holds it: what it holds is let go. */
  release(): void {
    if (this.request !== null) this.ownRequest.release();
    if (this.response !== null) this.ownResponse.release();
    this.request = null;
    this.response = null;
    this.interim = null;
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

function takeTrailers(message: HttpMessage, block: HeaderBlock, { size, last }: BlockSpan): void {
  message.trailers = block;
  message.size += size;
  message.end = last;
}
