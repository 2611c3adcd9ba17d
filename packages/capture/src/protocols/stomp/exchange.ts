/** A call as the engine takes it. Over, it is used again for another. */

import type { Description } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import { CallFacts } from './call.ts';
import { describeCall } from './describe.ts';
import { WrittenStomp } from './written.ts';

/** One for all calls: each is written before the next is. */
const writtenStomp = new WrittenStomp();

export class StompCall extends CallFacts {
  static take(): StompCall {
    return spares.take() ?? new StompCall();
  }

  describe(): Description {
    return describeCall(this);
  }

  written(): WrittenStomp | null {
    return writtenStomp.of(this);
  }

  /** Nobody looks at it any more. */
  release(): void {
    this.clear();
    spares.give(this);
  }
}

const spares = new Spares<StompCall>();
