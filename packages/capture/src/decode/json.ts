/** JSON out of the wire, as far as it can be written again. */

/**
 * JSON nested deeper is not read. `JSON.parse` goes down without end, `JSON.stringify` of what it gives does not come back;
 * people and their programs stay below ten or so.
 */
const MAX_DEPTH = 128;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The value; undefined when the text is cut, no JSON or nested too deep. */
export function parseJson(text: string): unknown {
  if (depthOf(text) > MAX_DEPTH) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** How deep lists and objects are nested; what stands in strings does not count. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at + 1);
    // [ and {, ] and }: the same but for one bit.
    else if ((code | 0x20) === 0x7b) deepest = Math.max(deepest, ++depth);
    else if ((code | 0x20) === 0x7d) depth--;
  }
  return deepest;
}

/** Offset of the quote that ends a string. */
function endOfString(text: string, start: number): number {
  let at = start;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}
