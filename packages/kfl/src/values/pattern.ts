/** Regular expressions and globs, matched in linear time whatever the pattern (docs/adr/0010). */

import { RE2JS, RE2JSSyntaxException } from 're2js';
import { MAX_MATCHED_LENGTH, MAX_PATTERN_LENGTH } from '../limits.ts';

export interface Pattern {
  /** As written: RE2 for `matches`, with `*` and `?` for `like`. */
  readonly source: string;
  /** Instructions of the compiled pattern. */
  readonly size: number;
  test(text: string): boolean;
}

export type PatternResult = { readonly pattern: Pattern } | { readonly fault: string };

/** RE2's syntax; a part of the text is enough. The engine itself refuses repeats that multiply past 1,000. */
export function compilePattern(source: string): PatternResult {
  if (source.length > MAX_PATTERN_LENGTH) return { fault: `longer than ${MAX_PATTERN_LENGTH} characters` };
  // Most patterns people write are plain texts.
  if (!/[\\^$.|?*+()[\]{}]/.test(source))
    return { pattern: { source, size: source.length, test: (text) => text.includes(source) } };
  try {
    const engine = RE2JS.compile(source);
    return { pattern: { source, size: engine.programSize(), test: (text) => engine.test(bounded(text)) } };
  } catch (error) {
    // The engine reports a bad pattern by throwing; anything else it throws is a pattern it could not take either.
    return { fault: error instanceof RE2JSSyntaxException ? faultOf(error) : 'too complex' };
  }
}
const faultOf = ({ error, input }: { readonly error: string; readonly input: string | null }) =>
  input === null || input === '' ? error : `${error}: ${input}`;
const bounded = (text: string) => (text.length > MAX_MATCHED_LENGTH ? text.slice(0, MAX_MATCHED_LENGTH) : text);

/** `*` is any text, `?` one character; the whole text must fit. Time is bounded by text × stars, without backtracking. */
export function compileGlob(source: string): Pattern {
  const parts = source.split('*');
  const [head = '', ...rest] = parts;
  const tail = rest.pop();
  const single = source.includes('?');
  const size = source.length;
  if (single) return { source, size, test: (text) => globMatches(Array.from(source), Array.from(text)) };
  if (tail === undefined) return { source, size, test: (text) => text === source };
  return {
    source,
    size,
    test: (text) => {
      if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
      const end = text.length - tail.length;
      let at = head.length;
      for (const part of rest) {
        const found = text.indexOf(part, at);
        if (found === -1 || found + part.length > end) return false;
        at = found + part.length;
      }
      return true;
    },
  };
}

/** By code points, remembering only the last star: going back to an earlier one can never help. */
function globMatches(glob: readonly string[], text: readonly string[]): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (place < glob.length && glob[place] === '*') {
      star = place++;
      resume = at;
    } else if (place < glob.length && (glob[place] === '?' || glob[place] === text[at])) {
      place++;
      at++;
    } else if (star === -1) {
      return false;
    } else {
      place = star + 1;
      at = ++resume;
    }
  }
  while (glob[place] === '*') place++;
  return place === glob.length;
}
