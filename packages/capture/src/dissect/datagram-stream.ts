/** A conversation in datagrams: each is read by itself, nothing is kept for the next. */

import type { Micros } from '@kubeshark/model';
import type { Direction } from '../reassembly/flow-table.ts';
import type { Range } from '../reassembly/tcp-half.ts';
import type { CarriedStream, CloseReason } from './dissector.ts';
import { Stream } from './stream.ts';

/** A datagram taken for the wrong protocol is offered to the next ones, so many times. */
const MAX_READERS_OF_A_DATAGRAM = 4;
const NOTHING = new Uint8Array(0);

export class DatagramStream extends Stream {
  /** Datagrams that no dissector knew. */
  private strangers = 0;

  /** Takes one datagram, `bytes[start, end)`. */
  take(direction: Direction, bytes: Uint8Array, range: Range): void {
    const { start, end, at } = range;
    this.now = at;
    for (let attempt = 0; attempt < MAX_READERS_OF_A_DATAGRAM; attempt++) {
      if (this.isProbing) {
        const sample = bytes.subarray(start, end);
        if (end > start) this.recognise(direction === 0 ? [sample, NOTHING] : [NOTHING, sample], true);
      }
      const { run } = this;
      if (run === null) break;
      const side = this.sideOf(direction);
      const used = run.readPacket(side, bytes, range);
      if (run.stop !== 'bad') {
        if (used < end) this.anomaly('datagram cut short');
        return;
      }
      const verdict = this.blame(run);
      // Not of the protocol it was taken for: the next one is asked.
      if (verdict === 'refused') continue;
      if (verdict === 'skip') run.gap(side, end - run.faultAt, at);
      return;
    }
    if (this.phase === 'closed') return;
    this.unread[direction].add(bytes.subarray(start, end));
    if (this.isProbing && ++this.strangers >= this.services.limits.maxProbeDatagrams) this.giveUp('not recognised');
  }

  close(at: Micros, reason: CloseReason): void {
    if (this.phase === 'closed') return;
    this.now = at;
    this.leave(reason);
    if (this.isProbing) this.giveUp('not recognised');
    this.phase = 'closed';
  }

  /** A session that asks for it is at fault: nothing puts datagrams into one order. */
  override carry(): CarriedStream {
    throw new Error('datagrams carry no stream');
  }

  protected override showAll(): void {
    // Nothing waits.
  }

  protected override discardAll(): void {
    // Nothing waits.
  }
}
