/** One connection, as far as all its calls have it in common. */

import type { SessionContext, Side, Span } from '../../dissect/dissector.ts';
import type { Client } from './call.ts';
import { MqttCall } from './exchange.ts';

export class Link {
  readonly context: SessionContext;
  client: Client | undefined;
  /** 0 while nothing has told it: then packets are read as those of 3.1.1. */
  version = 0;

  constructor(context: SessionContext) {
    this.context = context;
  }

  begin(type: number, side: Side, size: number, span: Span): MqttCall {
    const call = MqttCall.open(type, side, span, this.context.limits.maxBodyBytes);
    call.client = this.client;
    call.size = size;
    return call;
  }

  /** May bytes be kept as they lie? */
  borrows(): boolean {
    return this.context.borrow?.() ?? false;
  }

  /** Gives a call away, after which it is another's. */
  emit(call: MqttCall | undefined): void {
    if (call === undefined) return;
    call.finish();
    this.context.emit(call);
    call.release();
  }
}
