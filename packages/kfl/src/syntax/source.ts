/** From offsets to what people see: line, column, and the line with a caret under it. */

export interface Position {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
}

export function positionAt(text: string, offset: number): Position {
  const end = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: end - lineStart + 1 };
}

/** Characters of the line shown around the place, so that a query of one long line stays readable. */
const SNIPPET_WIDTH = 100;

/** The line of the text around `start`, with carets under the span. */
export function snippet(text: string, start: number, end: number): string {
  const { column } = positionAt(text, start);
  const lineStart = Math.min(start, text.length) - (column - 1);
  const newline = text.indexOf('\n', lineStart);
  const line = text.slice(lineStart, newline === -1 ? text.length : newline);
  const from = column - 1 > SNIPPET_WIDTH - 20 ? column - 1 - SNIPPET_WIDTH / 2 : 0;
  const shown = printable(line.slice(from, from + SNIPPET_WIDTH));
  const width = Math.max(1, Math.min(end, lineStart + line.length) - start);
  return `${shown}\n${' '.repeat(column - 1 - from)}${'^'.repeat(Math.min(width, SNIPPET_WIDTH - (column - 1 - from)))}`;
}

/** Control characters would move the caret (or the terminal): one visible character stands for each. */
function printable(line: string): string {
  let out = '';
  for (let at = 0; at < line.length; at++) {
    const unit = line.charCodeAt(at);
    out += unit < 0x20 || unit === 0x7f || (unit >= 0x80 && unit < 0xa0) ? (unit === 9 ? ' ' : '·') : line[at];
  }
  return out;
}
