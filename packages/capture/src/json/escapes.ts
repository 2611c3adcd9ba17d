/** How a string's bytes stand in JSON (RFC 8259 §7). */

export const QUOTE = 34;
export const BACKSLASH = 92;
export const LOWER_B = 98;
export const LOWER_U = 117;
const NOT_ASCII = 1;
/** Of a step: where the number of its bytes stands. */
export const STEP_BYTES = 16;

/** For each byte: 0 as it is, `NOT_ASCII`, `LOWER_U` for `\u00..`, else the letter behind the backslash. */
export const escapes = new Uint8Array(256).fill(LOWER_U, 0, 0x20).fill(NOT_ASCII, 0x80);
for (const [character, letter] of ['\b', '\t', '\n', '\f', '\r'].map((c, i) => [c, 'btnfr'[i] ?? ''] as const)) {
  escapes[character.charCodeAt(0)] = letter.charCodeAt(0);
}
escapes[QUOTE] = QUOTE;
escapes[BACKSLASH] = BACKSLASH;

/**
 * For each byte that is itself or a letter behind a backslash: those one or two bytes, and above them how many there are. Written so
 * without a branch: where quotes stand in a text is hard to guess. 0 for what is longer, not ASCII, or tells that it may be no text.
 */
export const steps = Int32Array.from(escapes, (letter, byte) => {
  if (letter === 0) return (1 << STEP_BYTES) | byte;
  const isRare = letter === NOT_ASCII || letter === LOWER_U || letter === LOWER_B;
  return isRare ? 0 : (2 << STEP_BYTES) | (letter << 8) | BACKSLASH;
});
