/** The parser's place among the tokens, its findings and its limits. */

import type { Diagnostic, DiagnosticBag } from '../diagnostics.ts';
import { expected, tooDeep, tooMany } from '../diagnostics.ts';
import { MAX_DEPTH, MAX_TERMS } from '../limits.ts';
import type { Token } from './lexer.ts';

export class Cursor {
  readonly #tokens: readonly Token[];
  readonly #bag: DiagnosticBag;
  #at = 0;
  #depth = 0;
  #terms = 0;
  /** Set at a limit: the rest of the text is not read and gets no further findings. */
  #stopped = false;

  constructor(tokens: readonly Token[], bag: DiagnosticBag) {
    this.#tokens = tokens.filter(({ kind }) => kind !== 'comment');
    this.#bag = bag;
  }

  get token(): Token {
    return this.peek(0);
  }
  /** Where the last token that was taken ended. */
  get lastEnd(): number {
    return this.#tokens[this.#at - 1]?.end ?? 0;
  }
  get atEnd(): boolean {
    return this.token.kind === 'end';
  }

  peek(ahead: number): Token {
    const last = this.#tokens.at(-1) ?? { kind: 'end', start: 0, end: 0 };
    return this.#tokens[this.#at + ahead] ?? last;
  }

  take(): Token {
    const { token } = this;
    if (!this.atEnd) this.#at++;
    return token;
  }

  isSymbol(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.text === text;
  }
  takeSymbol(text: string): boolean {
    if (!this.isSymbol(text)) return false;
    this.take();
    return true;
  }
  /** Words of the language are read in any case. */
  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'name' && token.text.toLowerCase() === word;
  }
  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.take();
    return true;
  }

  report(diagnostic: Diagnostic): void {
    if (!this.#stopped) this.#bag.add(diagnostic);
  }
  /** Something is missing: reported at the next token, or after the last one. */
  expect(what: string): void {
    const { token } = this;
    this.report(expected(this.atEnd ? { start: this.lastEnd, end: this.lastEnd } : token, what));
  }

  /** Runs `read` one level deeper; undefined past the limit, where reading ends. */
  nested<T>(read: () => T, levels = 1): T | undefined {
    this.#depth += levels;
    if (this.#depth > MAX_DEPTH) this.#stop(tooDeep(this.token, MAX_DEPTH));
    const result = this.#stopped ? undefined : read();
    this.#depth -= levels;
    return result;
  }
  /** Counts a comparison, operand or list item. */
  term(): void {
    if (++this.#terms > MAX_TERMS) this.#stop(tooMany(this.token, MAX_TERMS));
  }
  #stop(diagnostic: Diagnostic): void {
    this.report(diagnostic);
    this.#stopped = true;
    this.#at = this.#tokens.length - 1;
  }
}
