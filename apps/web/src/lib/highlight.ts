/** Colours for text a person reads: good enough to scan, a line at a time, and never slow. Monaco is for writing. */

import type { TextLanguage } from './body/model.ts';

type Ink = 'plain' | 'key' | 'string' | 'number' | 'keyword' | 'comment';

interface Span {
  readonly text: string;
  readonly ink: Ink;
}

/** Longer lines (a minified script) are left plain: colouring them helps nobody and takes long. */
const MAX_LINE = 5000;

const SQL_WORDS =
  'select|insert|update|delete|from|where|join|left|right|inner|outer|on|and|or|not|null|is|in|as|into|values|set|group|order|by|having|limit|offset|create|table|index|drop|alter|begin|commit|rollback|distinct|union|all|case|when|then|else|end|returning|with|exists|like|between|desc|asc';

/** For each language, alternatives in order; the group's name is the ink. */
const patterns: Readonly<Record<Exclude<TextLanguage, 'text'>, RegExp>> = {
  json: /(?<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?<string>"(?:[^"\\]|\\.)*")|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<keyword>\b(?:true|false|null)\b)/g,
  xml: /(?<comment><!--.*?(?:-->|$))|(?<keyword><[?!/]?[\w:.-]+|[?/]?>)|(?<string>"[^"]*"|'[^']*')|(?<key>[\w:.-]+(?==))/g,
  graphql:
    /(?<comment>#.*)|(?<string>"(?:[^"\\]|\\.)*")|(?<keyword>\b(?:query|mutation|subscription|fragment|on|true|false|null)\b)|(?<key>\$\w+|@\w+|\w+(?=\s*:))|(?<number>-?\b\d+(?:\.\d+)?\b)/g,
  sql: new RegExp(
    `(?<comment>--.*|/\\*.*?(?:\\*/|$))|(?<string>'(?:[^']|'')*')|(?<keyword>\\b(?:${SQL_WORDS})\\b)|(?<key>\\$\\d+|"[^"]*"|\`[^\`]*\`)|(?<number>\\b\\d+(?:\\.\\d+)?\\b)`,
    'gi',
  ),
  css: /(?<comment>\/\*.*?(?:\*\/|$))|(?<string>"[^"]*"|'[^']*')|(?<key>[\w-]+(?=\s*:))|(?<number>#[0-9a-fA-F]{3,8}\b|-?\b\d+(?:\.\d+)?(?:px|em|rem|%|s|ms)?)|(?<keyword>@[\w-]+)/g,
  script:
    /(?<comment>\/\/.*|\/\*.*?(?:\*\/|$))|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)|(?<keyword>\b(?:async|await|break|case|class|const|else|export|for|function|if|import|let|new|null|return|switch|this|throw|true|false|try|catch|typeof|undefined|var|while)\b)|(?<number>\b\d+(?:\.\d+)?\b)/g,
};

/** One line as coloured spans; their texts joined are the line. */
export function highlightLine(line: string, language: TextLanguage): readonly Span[] {
  if (language === 'text' || line.length > MAX_LINE) return [{ text: line, ink: 'plain' }];
  const spans: Span[] = [];
  let at = 0;
  for (const match of line.matchAll(patterns[language])) {
    if (match[0] === '') continue;
    if (match.index > at) spans.push({ text: line.slice(at, match.index), ink: 'plain' });
    const ink = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] ?? 'plain';
    spans.push({ text: match[0], ink: ink as Ink });
    at = match.index + match[0].length;
  }
  if (at < line.length) spans.push({ text: line.slice(at), ink: 'plain' });
  return spans;
}
