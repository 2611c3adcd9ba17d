/** Identifiers as they are written: `0f8fad5b-d9cb-469f-a165-70867728950e` (RFC 9562 §4). */

export const UUID_LENGTH = 36;

/** Before the dash at this place there are eight digits: looked at first, because little else has one there. */
const FIRST_DASH = 8;
const DASH = 0x2d;
const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What stands at each place. */
const places = new Uint8Array(UUID_LENGTH);
for (const at of [FIRST_DASH, 13, 18, 23]) places[at] = DASH;
const isDigit = new Uint8Array(256).fill(1, 0x30, 0x3a).fill(1, 0x41, 0x47).fill(1, 0x61, 0x67);

/** Does one stand at `start`? */
export function isUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start + FIRST_DASH] !== DASH || start + UUID_LENGTH > end) return false;
  for (let i = 0; i < UUID_LENGTH; i++) {
    const byte = bytes[start + i] ?? 0;
    if (places[i] === DASH ? byte !== DASH : isDigit[byte] !== 1) return false;
  }
  return true;
}

export const isUuidText = (text: string, start: number): boolean =>
  text.charCodeAt(start + FIRST_DASH) === DASH && TEXT.test(text.slice(start, start + UUID_LENGTH));
