/** Makes room in a full table: the flows that were silent longest leave, as far as the ages of some tell which those are. */

import type { Micros } from '@kubeshark/model';
import type { FlowTable } from '../reassembly/flow-table.ts';

/** Share of the flows that leaves when there are too many: looking for them is then rare. */
const EVICTED_SHARE = 16;
/** Sorting the ages of all flows would cost more than everything else that is done for one. */
const AGES_LOOKED_AT = 2048;

/** `leave` is asked of each that is to go. */
export function evictOldest<F>(table: FlowTable<F>, lastAt: (flow: F) => Micros, leave: (flow: F) => void): void {
  const ages = table.sample(Math.ceil(table.size / AGES_LOOKED_AT)).map(lastAt);
  const oldest = Float64Array.from(ages).sort()[Math.ceil(ages.length / EVICTED_SHARE)] ?? 0;
  let room = Math.ceil(table.size / EVICTED_SHARE);
  table.removeIf((flow) => {
    if (lastAt(flow) > oldest || room-- <= 0) return false;
    leave(flow);
    return true;
  });
}
