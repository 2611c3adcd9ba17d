/**
 * Objects that are over, to be used again: most calls live from one packet to the next, and making three objects for each
 * costs as much as reading its head.
 */

/** As many as may wait on one connection (`maxPending`): what is made beside them outlives the young generation. */
export const MAX_SPARES = 1024;

export class Spares<Kind extends object> {
  private readonly free: Kind[] = [];

  /** The one used last, which is still in the processor's cache. */
  take(): Kind | undefined {
    return this.free.pop();
  }

  /** Takes back what nobody holds any more. */
  give(spare: Kind): void {
    if (this.free.length < MAX_SPARES) this.free.push(spare);
  }
}
