/** A call as the engine takes it. Over, it is used again for another. */

import type { Description } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import { CallFacts, type Halves, type Peers } from './call.ts';
import { describeCall } from './describe.ts';
import { WrittenNats } from './written.ts';

/** One for all calls: each is written before the next is. */
const writtenNats = new WrittenNats();

export class NatsCall extends CallFacts {
  /** `limit`: bytes shown of a payload. */
  static of(halves: Halves, peers: Peers, limit: number): NatsCall {
    const call = spares.take() ?? new NatsCall();
    call.begin(halves, peers, limit);
    return call;
  }

  describe(): Description {
    return describeCall(this);
  }

  written(): WrittenNats | null {
    return writtenNats.of(this);
  }

  /** Nobody looks at it any more. */
  release(): void {
    this.clear();
    spares.give(this);
  }
}

const spares = new Spares<NatsCall>();
