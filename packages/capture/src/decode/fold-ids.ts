/** Names with what differs from call to call folded, so that calls group: `user:42:cart` → `user:{id}:cart`. */

import { Remembered } from './remembered.ts';

/** Longer names are cut: what stands behind does not group anything. */
const MAX_CHARACTERS = 200;
/** A uuid, a hash of at least twelve digits, a number: `0f8fad5b-d9cb-469f-a165-70867728950e`, `5f2b8c1d9e0a`, `42`. */
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(?=[0-9a-f]*\d)[0-9a-f]{12,}\b|\d+/gi;
/** Some 3 MB. */
const folded = new Remembered((name) => name.slice(0, MAX_CHARACTERS).replace(ID, '{id}'), {
  texts: 16_384,
  characters: MAX_CHARACTERS,
});

export const foldIds = (name: string): string => folded.of(name);
