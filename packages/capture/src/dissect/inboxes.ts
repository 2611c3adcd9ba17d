/** The two inboxes of a stream, one for each direction. */

import type { Direction } from '../reassembly/flow-table.ts';
import type { Budget } from '../reassembly/tcp-half.ts';
import { Inbox } from './inbox.ts';

export class Inboxes {
  private readonly pair: readonly [Inbox, Inbox];

  constructor(budget: Budget) {
    this.pair = [new Inbox(budget), new Inbox(budget)];
  }

  of(direction: Direction): Inbox {
    return this.pair[direction];
  }

  /** The first `length` bytes that wait. */
  sample(direction: Direction, length: number): Uint8Array {
    const view = this.pair[direction].view();
    return view.length > length ? view.subarray(0, length) : view;
  }

  /** The direction whose bytes have waited longer first: a reply is never read before its request. */
  inOrder(): readonly [Direction, Direction] {
    const [a, b] = this.pair;
    return b.length > 0 && (a.length === 0 || b.timeAt(0) < a.timeAt(0)) ? [1, 0] : [0, 1];
  }

  /** Whoever reads next is shown what there is, however little. */
  needNothing(): void {
    for (const inbox of this.pair) inbox.needed = 0;
  }

  /** Both sides may be in the middle of a message. */
  breakBoth(): void {
    for (const inbox of this.pair) inbox.broken = true;
  }

  clear(): void {
    for (const inbox of this.pair) inbox.clear();
  }
}
