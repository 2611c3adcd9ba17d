/** What each piece of a query is, for colours. */

import { DiagnosticBag } from '../diagnostics.ts';
import { MAX_DIAGNOSTICS, MAX_QUERY_LENGTH } from '../limits.ts';
import type { Span } from '../syntax/ast.ts';
import { type Token, tokenize } from '../syntax/lexer.ts';
import { keywords, operators } from '../syntax/operators.ts';
import { stageDocs } from '../syntax/stages.ts';
import { aggregates } from '../types/aggregates.ts';
import { fieldsOf } from '../types/fields.ts';
import { functionOf } from '../types/functions.ts';
import type { Schema } from '../types/schema.ts';

export type TokenKind =
  | 'comment'
  | 'keyword'
  | 'operator'
  | 'string'
  | 'regex'
  | 'number'
  | 'field'
  | 'protocol'
  | 'function'
  | 'stage'
  | 'bracket'
  | 'punctuation';

export interface ColouredToken extends Span {
  readonly kind: TokenKind;
}

/** Tokens in order; a text over the limit has none. */
export function tokens(text: string, schema: Schema): readonly ColouredToken[] {
  const all = lex(text);
  return all.flatMap((token, at) => {
    const kind = kindOf(token, { before: all[at - 1], after: all[at + 1], schema });
    return kind === undefined ? [] : [{ kind, start: token.start, end: token.end }];
  });
}

/** The tokens of a text, findings aside. */
export function lex(text: string): readonly Token[] {
  return text.length > MAX_QUERY_LENGTH ? [] : tokenize(text, new DiagnosticBag(MAX_DIAGNOSTICS));
}

interface Neighbours {
  readonly before: Token | undefined;
  readonly after: Token | undefined;
  readonly schema: Schema;
}

const isSymbol = (token: Token | undefined, ...texts: readonly string[]) =>
  token?.kind === 'symbol' && texts.includes(token.text);

function kindOf(token: Token, neighbours: Neighbours): TokenKind | undefined {
  switch (token.kind) {
    case 'end':
      return undefined;
    case 'comment':
    case 'string':
    case 'regex':
    case 'number':
      return token.kind;
    case 'duration':
    case 'size':
      return 'number';
    case 'symbol':
      if ('()[]{}'.includes(token.text)) return 'bracket';
      return ',.:'.includes(token.text) ? 'punctuation' : 'operator';
    case 'name':
      return kindOfName(token.text, neighbours);
  }
}

function kindOfName(name: string, { before, after, schema }: Neighbours): TokenKind {
  const word = name.toLowerCase();
  const isMember = isSymbol(before, '.', '..');
  if (isSymbol(before, '|') && Object.hasOwn(stageDocs, word)) return 'stage';
  if (isSymbol(after, '(') && (functionOf(name) !== undefined || aggregates.has(name) || isMember || word === 'has'))
    return 'function';
  if (isMember) return 'field';
  if (operators.has(word)) return 'operator';
  if (keywords.has(word) || word === 'by' || word === 'as') return 'keyword';
  const isPath = isSymbol(after, '.', '[', '..');
  return !isPath && fieldsOf(schema).flag(name) !== undefined ? 'protocol' : 'field';
}
