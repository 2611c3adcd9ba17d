/** The two inboxes of a stream, one for each direction. */

import type { Budget } from '../reassembly/budget.ts';
import type { Direction } from '../reassembly/flow-table.ts';
import { Inbox } from './inbox.ts';

export class Inboxes {
  private readonly low: Inbox;
  private readonly high: Inbox;

  constructor(budget: Budget) {
    this.low = new Inbox(budget);
    this.high = new Inbox(budget);
  }

  of(direction: Direction): Inbox {
    return direction === 0 ? this.low : this.high;
  }

  get isEmpty(): boolean {
    return this.low.length + this.high.length === 0;
  }

  /** The first `length` bytes that wait. */
  sample(direction: Direction, length: number): Uint8Array {
    const view = this.of(direction).view();
    return view.length > length ? view.subarray(0, length) : view;
  }

  /** The direction whose bytes have waited longer first: a reply is never read before its request. */
  inOrder(): readonly [Direction, Direction] {
    const { low, high } = this;
    return high.length > 0 && (low.length === 0 || high.timeAt(0) < low.timeAt(0)) ? [1, 0] : [0, 1];
  }

  /** Whoever reads next is shown what there is, however little. */
  needNothing(): void {
    this.low.needed = 0;
    this.high.needed = 0;
  }

  /** Both sides may be in the middle of a message. */
  breakBoth(): void {
    this.low.broken = true;
    this.high.broken = true;
  }

  clear(): void {
    this.low.clear();
    this.high.clear();
  }
}
