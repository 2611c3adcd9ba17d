/**
 * A call of which either half may be there alone, each kept as its bytes: read when somebody looks, used again when it is over. Usual
 * calls, which are never without their request, are kept as `HeldExchange`s.
 */

import { CountedExchange } from './counted-exchange.ts';
import { HeldBytes, type HeldRange } from './held-bytes.ts';

/** One half: a message, or none. */
export class HeldMessage extends HeldBytes {
  isThere = false;

  override hold(message: HeldRange): void {
    super.hold(message);
    this.isThere = true;
  }

  override release(): void {
    super.release();
    this.isThere = false;
  }
}

export abstract class KeptExchange extends CountedExchange {
  abstract readonly asked: HeldMessage;
  abstract readonly answer: HeldMessage;
  /** Why there is no answer, when there should be one. */
  missing: string | undefined = undefined;

  /** The bytes go away: copies them, once. */
  keep(): void {
    this.asked.keep();
    this.answer.keep();
  }

  /** Lets go of what it was about. */
  reset(): void {
    this.asked.release();
    this.answer.release();
    this.missing = undefined;
    this.forget();
  }
}
