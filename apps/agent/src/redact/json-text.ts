/**
 * Replaces the values of named keys in JSON text, without parsing it: a body that was cut is no longer JSON, and its
 * secrets must go all the same. One pass, no backtracking.
 */

import { REDACTED } from './redacted.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

const isSpace = (code: number) => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

function afterSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** Offset after the string whose opening quote is at `start`; the end of the text when it is cut. */
function afterString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at += 1;
    else if (code === QUOTE) return at + 1;
  }
  return text.length;
}

/** Offset after the value that begins at `start`: a string, a number or word, an object or list with all it holds. */
function afterValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = afterString(text, at);
      if (depth === 0) return at;
      continue;
    }
    const character = text[at];
    if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      // The end of what holds the value.
      if (depth === 0) return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (depth === 0 && (character === ',' || isSpace(code))) return at;
    at += 1;
  }
  return text.length;
}

/** The text with the value of every key that `isSecret` replaced by a marker. */
export function redactJsonText(text: string, isSecret: (key: string) => boolean): string {
  let kept = '';
  let from = 0;
  for (let at = text.indexOf('"'); at >= 0 && at < text.length; at = text.indexOf('"', at)) {
    const end = afterString(text, at);
    const colon = afterSpace(text, end);
    if (text[colon] !== ':' || !isSecret(text.slice(at + 1, end - 1))) {
      at = end;
      continue;
    }
    const value = afterSpace(text, colon + 1);
    const after = afterValue(text, value);
    if (after > value) kept += `${text.slice(from, value)}"${REDACTED}"`;
    else kept += text.slice(from, value);
    from = after;
    at = after;
  }
  return kept + text.slice(from);
}
