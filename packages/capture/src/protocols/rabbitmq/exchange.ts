/** A call as the engine takes it. Over, it is used again for another. */

import type { Description } from '../../dissect/dissector.ts';
import { Spares } from '../../http/spares.ts';
import { CallFacts, type Peer } from './call.ts';
import { describeCall, endpointOf } from './describe.ts';
import type { Half } from './half.ts';
import { WrittenRabbit } from './written.ts';

/** One for all calls: each is written before the next is. */
const writtenRabbit = new WrittenRabbit();

export class RabbitCall extends CallFacts {
  /** `limit`: body bytes shown. */
  static open(channel: number, peer: Peer, limit: number): RabbitCall {
    const call = spares.take() ?? new RabbitCall();
    call.channel = channel;
    call.peer = peer;
    call.limit = limit;
    return call;
  }

  /** Nobody looks at it any more, nor at its halves but for `shared`, which others have too. */
  release(shared: Half | undefined): void {
    this.request?.release();
    if (this.response !== shared) this.response?.release();
    this.clear();
    spares.give(this);
  }

  endpoint(): string {
    return this.group()?.endpoint ?? endpointOf(this);
  }

  describe(): Description {
    return describeCall(this);
  }

  written(): WrittenRabbit | null {
    return writtenRabbit.of(this);
  }
}

const spares = new Spares<RabbitCall>();
