/** Where the fields stand that every call is asked for: found once for heads that have the same fields in one order. */

import type { TableName } from './table-name.ts';

/** Indexes; -1 for one that is not there. */
export class FieldPlaces {
  host = -1;
  cookie = -1;
  setCookie = -1;
  contentType = -1;
  contentEncoding = -1;
  /** Some field may carry a trace id. */
  mayTrace = false;
  /** An object made of the fields has one key for each, in their order, and keys are written as they are. */
  arePlain = true;

  /** Finds them among the first `count` names. */
  find(names: readonly TableName[], count: number): void {
    this.host = -1;
    this.cookie = -1;
    this.setCookie = -1;
    this.contentType = -1;
    this.contentEncoding = -1;
    this.mayTrace = false;
    this.arePlain = true;
    // From the last one on: the first of a name stays.
    for (let i = count - 1; i >= 0; i--) {
      const name = names[i];
      if (name === undefined) continue;
      if (name.key === null || isAgain(names, i, name)) this.arePlain = false;
      if (name.mayTrace) this.mayTrace = true;
      if (name.place !== null) this[name.place] = i;
    }
  }
}

/** Whether a name before it is the same. */
function isAgain(names: readonly TableName[], index: number, { lower }: TableName): boolean {
  for (let before = 0; before < index; before++) {
    const other = names[before]?.lower ?? '';
    // Lengths first: they differ nearly always.
    if (other.length === lower.length && other === lower) return true;
  }
  return false;
}
