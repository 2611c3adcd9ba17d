/** How a string's bytes stand in JSON (RFC 8259 §7). */

export const QUOTE = 34;
export const BACKSLASH = 92;
export const LOWER_U = 117;
export const NOT_ASCII = 1;

/** For each byte: 0 as it is, `NOT_ASCII`, `LOWER_U` for `\u00..`, else the letter behind the backslash. */
export const escapes = new Uint8Array(256).fill(LOWER_U, 0, 0x20).fill(NOT_ASCII, 0x80);
for (const [character, letter] of ['\b', '\t', '\n', '\f', '\r'].map((c, i) => [c, 'btnfr'[i] ?? ''] as const)) {
  escapes[character.charCodeAt(0)] = letter.charCodeAt(0);
}
escapes[QUOTE] = QUOTE;
escapes[BACKSLASH] = BACKSLASH;
