/** JSON (RFC 8259) into a tree that keeps every digit: a 64-bit id must not lose its end in the browser. */

import { container, leaf, type TreeMember, type TreeNode } from './tree.ts';

/** Deeper than any real document; keeps a hostile one from overflowing the stack. */
export const MAX_JSON_DEPTH = 500;

export type JsonResult =
  | {
      readonly ok: true;
      readonly root: TreeNode /** Offset after the value and the space behind it. */;
      readonly end: number;
    }
  | { readonly ok: false; readonly fault: string; readonly at: number };

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const WORD = /true|false|null/y;

class Fault extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Reads the JSON value at `offset`; the caller decides whether anything may follow it. */
export function readJson(text: string, offset = 0): JsonResult {
  const reader = new Reader(text, offset);
  try {
    const root = reader.value(0);
    reader.take(SPACE);
    return { ok: true, root, end: reader.offset };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.message, at: error.at };
    throw error;
  }
}

/** A whole text as one JSON value. */
export function parseJson(text: string): JsonResult {
  const result = readJson(text);
  if (result.ok && result.end < text.length) return { ok: false, fault: 'text after the value', at: result.end };
  return result;
}

class Reader {
  readonly text: string;
  offset: number;

  constructor(text: string, offset: number) {
    this.text = text;
    this.offset = offset;
  }

  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.offset;
    const match = pattern.exec(this.text);
    if (match === null) return null;
    this.offset = pattern.lastIndex;
    return match[0];
  }

  value(depth: number): TreeNode {
    if (depth > MAX_JSON_DEPTH) throw new Fault('nested too deeply', this.offset);
    this.take(SPACE);
    switch (this.text[this.offset]) {
      case '{':
        return this.members('object', '}', depth);
      case '[':
        return this.members('array', ']', depth);
      case '"':
        return leaf('string', this.string());
      case undefined:
        throw new Fault('the text ends early', this.offset);
    }
    const number = this.take(NUMBER);
    if (number !== null) return leaf('number', number);
    const word = this.take(WORD);
    if (word !== null) return leaf(word === 'null' ? 'null' : 'boolean', word);
    throw new Fault('not a JSON value', this.offset);
  }

  members(kind: 'object' | 'array', close: string, depth: number): TreeNode {
    this.offset += 1;
    const members: TreeMember[] = [];
    this.take(SPACE);
    if (this.text[this.offset] === close) {
      this.offset += 1;
      return container(kind, members);
    }
    for (;;) {
      let key = String(members.length);
      if (kind === 'object') {
        this.take(SPACE);
        if (this.text[this.offset] !== '"') throw new Fault('a name in quotes is expected', this.offset);
        key = this.string();
        this.take(SPACE);
        this.expect(':');
      }
      members.push({ key, node: this.value(depth + 1) });
      this.take(SPACE);
      if (this.text[this.offset] === ',') {
        this.offset += 1;
        continue;
      }
      this.expect(close);
      return container(kind, members);
    }
  }

  string(): string {
    const at = this.offset;
    const source = this.take(STRING);
    if (source === null) throw new Fault('a string that does not end or holds a bad escape', at);
    try {
      return JSON.parse(source) as string;
    } catch {
      // A control character or an escape JSON does not have.
      throw new Fault('a string that does not end or holds a bad escape', at);
    }
  }

  expect(character: string): void {
    if (this.text[this.offset] !== character) {
      const ended = this.offset >= this.text.length;
      throw new Fault(ended ? 'the text ends early' : `${character} is expected`, this.offset);
    }
    this.offset += 1;
  }
}
