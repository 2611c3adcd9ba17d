/** Text to tokens. Never fails: what cannot be read becomes a diagnostic and is stepped over. */

import type { DiagnosticBag } from '../diagnostics.ts';
import { strayCharacter, unclosedString, unknownEscape, unreadableNumber } from '../diagnostics.ts';
import { nearest } from '../values/nearest.ts';
import type { Span } from './ast.ts';
import { durationUnit, parseDuration, sizeUnit, unitNames } from './units.ts';

export type Token = Span &
  (
    | { readonly kind: 'name'; readonly text: string }
    | { readonly kind: 'symbol'; readonly text: string }
    | { readonly kind: 'string' | 'regex'; readonly value: string }
    | { readonly kind: 'number'; readonly value: number | bigint }
    | { readonly kind: 'duration'; readonly micros: number; readonly text: string }
    | { readonly kind: 'size'; readonly bytes: number; readonly text: string }
    | { readonly kind: 'comment' }
    | { readonly kind: 'end' }
  );

/** Longest first where one begins another. */
const symbols = ['||', '&&', '==', '!=', '<=', '>=', '=~', '!~', '..', ...'|()[]{},.:?+-*/%<>=!'.split('')];

const SPACE = /[\s\uFEFF]+/y;
const COMMENT = /(?:#|\/\/)[^\n]*/y;
/** Field names are ASCII; keys inside documents may be in any alphabet: `request.body.json().имя`. */
const NAME = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
/** `1..5` is a range: a dot belongs to the number only when a digit follows. */
const NUMBER = /0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What clings to a number: a unit, further parts of a duration (`1h30m`), or a mistake. */
const CLINGING = /[\p{L}_µ][\p{L}\p{N}_.µ]*/uy;

const curly = '“”„‟‘’‚‛«»';

export function tokenize(text: string, bag: DiagnosticBag): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const start = at;
    const space = take(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const comment = take(COMMENT);
    if (comment !== undefined) {
      at += comment.length;
      tokens.push({ kind: 'comment', start, end: at });
      continue;
    }
    const first = text[at] ?? '';
    const raw = first === 'r' && (text[at + 1] === '"' || text[at + 1] === "'");
    if (raw || first === '"' || first === "'" || first === '`') {
      const string = readString(text, raw ? at + 1 : at, raw, bag);
      at = string.end;
      tokens.push({ kind: raw ? 'regex' : 'string', value: string.value, start, end: at });
      continue;
    }
    const name = take(NAME);
    if (name !== undefined) {
      at += name.length;
      tokens.push({ kind: 'name', text: name, start, end: at });
      continue;
    }
    const digits = take(NUMBER);
    if (digits !== undefined) {
      at += digits.length;
      const clinging = digits.startsWith('0x') || digits.startsWith('0X') ? undefined : take(CLINGING);
      // `400..499` and `5.name` are for the parser: only what is glued on is the number's own.
      const suffix = clinging?.replace(/\.[^\d].*$|\.+$/su, '') ?? '';
      at += suffix.length;
      tokens.push(numberToken(digits, suffix, start, bag));
      continue;
    }
    const symbol = symbols.find((candidate) => text.startsWith(candidate, at));
    if (symbol !== undefined) {
      at += symbol.length;
      tokens.push({ kind: 'symbol', text: symbol, start, end: at });
      continue;
    }
    at = skipStray(text, at, bag);
  }
  tokens.push({ kind: 'end', start: text.length, end: text.length });
  return tokens;
}

function numberToken(digits: string, suffix: string, start: number, bag: DiagnosticBag): Token {
  const text = digits + suffix;
  const span = { start, end: start + text.length };
  if (suffix === '') {
    const whole = /^(?:0x[0-9a-f]+|\d+)$/i.test(digits);
    const value = Number(digits);
    return { kind: 'number', value: whole && !Number.isSafeInteger(value) ? BigInt(digits) : value, ...span };
  }
  const micros = durationUnit(suffix) !== undefined || /\d/.test(suffix) ? parseDuration(text) : undefined;
  if (micros !== undefined) return { kind: 'duration', micros, text, ...span };
  const unit = sizeUnit(suffix);
  if (unit !== undefined) return { kind: 'size', bytes: Math.round(Number(digits) * unit), text, ...span };
  bag.add(unreadableNumber(span, text, nearest(suffix, unitNames, 1)));
  return { kind: 'number', value: Number(digits), ...span };
}

/** One finding for a run of characters that mean nothing. */
function skipStray(text: string, from: number, bag: DiagnosticBag): number {
  let at = from;
  do at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  while (at < text.length && at - from < 256 && !/[\s\w"'`()[\]{},.:?+\-*/%<>=!|&#\p{L}]/u.test(text[at] ?? ''));
  const run = text.slice(from, at);
  const hint = Array.from(run).some((character) => curly.includes(character))
    ? ' Strings are written in straight quotes.'
    : '';
  bag.add(
    strayCharacter(
      { start: from, end: at },
      visible(run),
      run.startsWith('&') ? ' "And" is written `and` or `&&`.' : hint,
    ),
  );
  return at;
}

/** Control characters and halves of surrogate pairs, by number. */
const visible = (run: string) =>
  run.replace(
    /[\p{C}]/gu,
    (character) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '`': '`',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/**
 * Reads a string that opens at `from`. `"…"` and `'…'` have JSON's escapes; a backtick string and a regex are raw, save
 * that a regex may escape its own quote. Without a closing quote it ends with its line.
 */
function readString(text: string, from: number, regex: boolean, bag: DiagnosticBag): { value: string; end: number } {
  const quote = text[from] ?? '';
  let value = '';
  let at = from + 1;
  while (at < text.length) {
    const unit = text[at] ?? '';
    if (unit === quote) return { value, end: at + 1 };
    if (unit === '\n' && quote !== '`') break;
    if (unit !== '\\' || quote === '`') {
      value += unit;
      at++;
      continue;
    }
    const next = text[at + 1] ?? '';
    if (regex) {
      value += next === quote ? quote : unit + next;
      at += 2;
      continue;
    }
    const hex = next === 'u' ? /^[0-9a-fA-F]{4}/.exec(text.slice(at + 2, at + 6))?.[0] : undefined;
    const plain = Object.hasOwn(escapes, next) ? escapes[next] : undefined;
    if (hex !== undefined) {
      value += String.fromCharCode(Number.parseInt(hex, 16));
      at += 6;
    } else if (plain !== undefined) {
      value += plain;
      at += 2;
    } else {
      if (next === '' || next === '\n') break;
      bag.add(unknownEscape({ start: at, end: at + 2 }, `\\${next}`));
      value += `\\${next}`;
      at += 2;
    }
  }
  bag.add(unclosedString({ start: from, end: Math.min(at, text.length) }));
  return { value, end: Math.min(at, text.length) };
}
