/** Reading values out of a document, whatever it holds. Missing is null; nothing here throws. */

import { MAX_DOCUMENT_DEPTH, MAX_FOUND_VALUES, MAX_VISITED_VALUES } from '../limits.ts';
import type { Value } from './compare.ts';

const own = (holder: object, key: string): Value =>
  Object.hasOwn(holder, key) ? ((holder as Record<string, unknown>)[key] ?? null) : null;

const utf8 = new TextEncoder();

/** The value under a key. A list is asked element by element; a plain text has a `size`, as a body has. */
export function keyOf(value: Value, key: string): Value {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return key === 'size' ? utf8.encode(value).length : null;
  if (typeof value !== 'object') return null;
  if (!Array.isArray(value)) return own(value, key);
  return gathered(value.map((item) => (Array.isArray(item) ? null : keyOf(item, key))));
}

/** Several values are a list; none are nothing. */
function gathered(values: readonly Value[]): Value {
  const there = values.filter((value) => value !== null && value !== undefined);
  return there.length === 0 ? null : there;
}

/** The value of a map whose keys have no case, such as headers. */
export function caselessKey(map: Value, key: string): Value {
  if (map === null || typeof map !== 'object') return null;
  // The usual case first, and cheaply: nothing that objects inherit is a text.
  const exact = (map as Record<string, unknown>)[key];
  if (typeof exact === 'string') return exact;
  return Array.isArray(map) ? null : anySpelling(map, key);
}

function anySpelling(map: object, key: string): Value {
  let found: Value = null;
  let lower: string | undefined;
  for (const name in map) {
    if (name.length !== key.length) continue;
    lower ??= key.toLowerCase();
    if (name.toLowerCase() !== lower || !Object.hasOwn(map, name)) continue;
    const value = own(map, name);
    // One name in several spellings is one name repeated.
    found = found === null ? value : [found, value].flat();
  }
  return found;
}

export function indexOf(value: Value, index: number): Value {
  if (Array.isArray(value)) return value[index] ?? null;
  return null;
}

/** A step whose key is known only when it is taken. */
export function computedKey(value: Value, key: Value): Value {
  if (typeof key === 'number') return indexOf(value, key);
  return typeof key === 'string' && !Array.isArray(value) ? keyOf(value, key) : null;
}

/** Every element of a list, every value of a map. */
export function eachOf(value: Value): Value {
  if (Array.isArray(value)) return value;
  if (value === null || typeof value !== 'object') return null;
  return Object.values(value);
}

/** Every value under `name`, however deep, in the document's order. */
export function descend(value: Value, name: string): Value {
  const found: Value[] = [];
  let visited = 0;
  const visit = (node: Value, depth: number) => {
    if (node === null || typeof node !== 'object' || depth > MAX_DOCUMENT_DEPTH) return;
    if (++visited > MAX_VISITED_VALUES || found.length >= MAX_FOUND_VALUES) return;
    if (Array.isArray(node)) {
      for (const item of node) visit(item, depth + 1);
      return;
    }
    for (const [key, item] of Object.entries(node)) {
      if (key === name && found.length < MAX_FOUND_VALUES) found.push(item);
      visit(item, depth + 1);
    }
  };
  visit(value, 0);
  return gathered(found);
}

/** A body's text; null when it is bytes. Documents of others may hold the text itself. */
export function textOf(body: Value): Value {
  if (typeof body === 'string') return body;
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return null;
  const text = own(body, 'text');
  return typeof text === 'string' ? text : null;
}

/** What `size()` gives: elements, keys, characters, or a body's bytes on the wire. */
export function sizeOf(value: Value): Value {
  if (typeof value === 'string') return characters(value);
  if (Array.isArray(value)) return value.length;
  if (value === null || typeof value !== 'object') return null;
  const size = own(value, 'size');
  return typeof size === 'number' ? size : Object.keys(value).length;
}

/** Code points of a text. */
function characters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit <= 0xdbff && at + 1 < text.length) {
      const next = text.charCodeAt(at + 1);
      if (next >= 0xdc00 && next <= 0xdfff) at++;
    }
    count++;
  }
  return count;
}

/** A field of texts may hold one text. */
export const listOf = (value: Value): Value => (typeof value === 'string' ? [value] : value);
