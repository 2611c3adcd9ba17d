/** The words of commands: of a list, of an inline line, of a line of MONITOR. */

import type { RespValue } from './values.ts';

/** One word of an inline command, quoted or bare: `"hello world"`, `'it'`, `GET`. */
const inlineWord = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)/g;
/** `1700000000.123456 [0 127.0.0.1:5000] "GET" "a"`: time, database and client, words. */
const monitorLine = /^(\d+\.\d+ \[\d+ [^\]]*\] )(.*)$/s;

export const textIn = ({ value }: RespValue): string => (typeof value === 'string' ? value : '');

const inlineWords = (line: string): string[] =>
  Array.from(line.matchAll(inlineWord), ([, double, single, bare]) => double ?? single ?? bare ?? '');

/** Undefined for a list of something else than strings. */
export function wordsOf(value: RespValue): readonly string[] | undefined {
  if (value.type === 'inline') return inlineWords(textIn(value));
  if (!Array.isArray(value.value) || value.value.some((word) => typeof word !== 'string')) return undefined;
  return value.value as readonly string[];
}

export const isMonitorLine = (text: string): boolean => monitorLine.test(text);

/** What stands before the words of a line of MONITOR, and the words; undefined for another line. */
export function monitored(text: string): { readonly head: string; readonly words: readonly string[] } | undefined {
  const [, head, rest] = monitorLine.exec(text) ?? [];
  return head === undefined || rest === undefined ? undefined : { head, words: inlineWords(rest) };
}
