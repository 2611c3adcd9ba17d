/** What one direction of an SCTP association may keep. */

import type { Budget } from './budget.ts';

export interface SctpLimits {
  /** Bytes that wait out of order, bookkeeping included; the first hole is given up above it. */
  readonly maxHeldBytes: number;
  /** The longest message that is put together. */
  readonly maxMessageBytes: number;
  readonly budget: Budget;
}

/** Counted for each held chunk, so that a flood of chunks of one byte fills the budget too. */
export const HELD_OVERHEAD = 128;
