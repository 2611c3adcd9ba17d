/** Calls in the order they were asked for. Linked through the calls: most queues hold none or one, millions of times. */

import type { HttpCall } from './call.ts';

export class CallQueue {
  /** The one that waits longest. */
  first: HttpCall | null = null;
  private last: HttpCall | null = null;
  length = 0;

  push(call: HttpCall): void {
    if (this.last === null) this.first = call;
    else this.last.next = call;
    this.last = call;
    this.length++;
  }

  /** Takes out the first. */
  shift(): HttpCall | null {
    const { first } = this;
    if (first === null) return null;
    this.first = first.next;
    if (first.next === null) this.last = null;
    first.next = null;
    this.length--;
    return first;
  }

  /** Bytes kept of their heads. */
  get heldBytes(): number {
    let bytes = 0;
    for (let call = this.first; call !== null; call = call.next) bytes += call.request?.headSize ?? 0;
    return bytes;
  }

  /** Tells every call that what it borrowed goes away. */
  keep(): void {
    for (let call = this.first; call !== null; call = call.next) call.keep();
  }
}
