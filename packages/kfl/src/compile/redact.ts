/** `redact()`: a copy of an entry in which the named values read `[REDACTED]`. */

import { MAX_DOCUMENT_DEPTH } from '../limits.ts';
import type { Step, Typed } from '../types/typed.ts';
import type { Value } from '../values/compare.ts';
import type { Compiled } from './compile.ts';
import type { Document } from './read.ts';

export const REDACTED = '[REDACTED]';

/** What to do with a value on the way to what is hidden. */
type Way =
  | { readonly kind: 'key'; readonly name: string; readonly caseless: boolean }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'each' }
  | { readonly kind: 'descend'; readonly name: string }
  /** Into the JSON inside a text. */
  | { readonly kind: 'json' };

/** The entry as it may be shown; the same object when the query redacts nothing. */
export function redact(compiled: Compiled, entry: object): object {
  const ways = compiled.redactions.flatMap(waysOf);
  return ways.reduce<Value>((hidden, way) => hide(hidden, way), entry) as Document;
}

/** The ways to a value; none when it is computed rather than held. */
function waysOf(node: Typed): readonly (readonly Way[])[] {
  switch (node.kind) {
    case 'field':
      return node.paths.map((path) => path.map((name) => ({ kind: 'key', name, caseless: false }) as const));
    case 'text':
      return waysOf(node.of);
    case 'step': {
      if (isComputed(node.of)) return waysOf(node.of);
      const last = wayOf(node.step, node.of.type === 'map');
      return last === undefined ? [] : waysOf(node.of).map((way) => [...way, last]);
    }
    case 'call': {
      const [inner] = node.args;
      if (inner === undefined) return [];
      return node.row.name === 'json' ? waysOf(inner).map((way) => [...way, { kind: 'json' } as const]) : waysOf(inner);
    }
    default:
      return [];
  }
}

/** Inside what a function made (XML, decoded text) nothing can be put back: the value it was made from is hidden whole. */
function isComputed(node: Typed): boolean {
  if (node.kind === 'step') return isComputed(node.of);
  return node.kind === 'call' && node.row.name !== 'json';
}

function wayOf(step: Step, caseless: boolean): Way | undefined {
  if (step.kind === 'computed') return undefined;
  return step.kind === 'key' ? { ...step, caseless } : step;
}

function hide(value: Value, ways: readonly Way[], depth = 0): Value {
  if (value === null || value === undefined) return value;
  // Deeper than queries look: better too much hidden than too little.
  if (depth > MAX_DOCUMENT_DEPTH) return REDACTED;
  const [way, ...rest] = ways;
  if (way === undefined) return hidden(value);
  if (way.kind === 'json') return hideInJson(value, rest);
  if (typeof value === 'string') return REDACTED;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return hideInList(value, way, { rest, ways, depth: depth + 1 });
  switch (way.kind) {
    case 'key':
      return mapped(value, (key, item) => (isNamed(key, way) ? hide(item, rest, depth + 1) : item));
    case 'each':
      return mapped(value, (_, item) => hide(item, rest, depth + 1));
    case 'descend':
      return mapped(value, (key, item) =>
        key === way.name ? hide(item, rest, depth + 1) : isBranch(item) ? hide(item, ways, depth + 1) : item,
      );
    case 'index':
      return value;
  }
}

const isBranch = (value: Value) => typeof value === 'object' && value !== null;

interface Onward {
  readonly rest: readonly Way[];
  readonly ways: readonly Way[];
  readonly depth: number;
}

function hideInList(list: readonly Value[], way: Way, { rest, ways, depth }: Onward): Value {
  switch (way.kind) {
    case 'index':
      return list.map((item, at) => (at === way.index ? hide(item, rest, depth) : item));
    case 'each':
      return list.map((item) => hide(item, rest, depth));
    default:
      return list.map((item) => (isBranch(item) ? hide(item, ways, depth) : item));
  }
}

const isNamed = (key: string, { name, caseless }: Extract<Way, { kind: 'key' }>) =>
  key === name || (caseless && key.toLowerCase() === name.toLowerCase());

function mapped(value: object, change: (key: string, item: Value) => Value): Value {
  return Object.fromEntries(Object.entries(value).map(([key, item]: [string, Value]) => [key, change(key, item)]));
}

/** A body keeps its size and type: only what it says is hidden. */
function hidden(value: Value): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('size' in value)) return REDACTED;
  const { text: _text, base64: _base64, ...facts } = value as Document;
  return { ...facts, text: REDACTED };
}

function hideInJson(value: Value, ways: readonly Way[]): Value {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const { text } = value as Document;
    return typeof text === 'string' ? { ...value, text: hideInJson(text, ways) } : hidden(value);
  }
  if (typeof value !== 'string') return REDACTED;
  try {
    return JSON.stringify(hide(JSON.parse(value), ways));
  } catch {
    // Not JSON after all: hidden whole, better too much than too little.
    return REDACTED;
  }
}
