/** Comparisons as closures: the usual shapes (a field beside a constant) without a general comparison. */

import { MAX_DOCUMENT_DEPTH } from '../limits.ts';
import { holds } from '../types/comparisons.ts';
import type { Ordering, TextTest } from '../types/typed.ts';
import type { Value } from '../values/compare.ts';
import { areEqual, foldCase, order } from '../values/compare.ts';
import { caselessKey } from '../values/path.ts';
import type { Access, Read, Test } from './read.ts';

/** True when the value itself or, for a list, any element passes. */
function anyText(value: Value, passes: (text: string) => boolean): boolean {
  if (typeof value === 'string') return passes(value);
  return Array.isArray(value) && value.some((item) => typeof item === 'string' && passes(item));
}

/** Lists inside lists are looked into so far; a document may nest them as deep as it likes. */
function folded(value: Value, depth = 0): Value {
  if (typeof value === 'string') return foldCase(value);
  return Array.isArray(value) && depth < MAX_DOCUMENT_DEPTH ? value.map((item) => folded(item, depth + 1)) : value;
}

export function testEqual(left: Read, right: Read, caseless: boolean): Test {
  if (caseless) return (entry) => areEqual(folded(left(entry)), folded(right(entry)));
  return (entry) => areEqual(left(entry), right(entry));
}

export function testEqualText(read: Read, text: string, caseless: boolean): Test {
  if (!caseless) {
    return (entry) => {
      const value = read(entry);
      return typeof value === 'string' ? value === text : areEqual(value, text);
    };
  }
  return (entry) => {
    const value = read(entry);
    if (value === text) return true;
    if (typeof value === 'string') return value.length === text.length && foldCase(value) === text;
    return areEqual(folded(value), text);
  };
}

/** The same for a field with an access of its own, without a call in between (bench/kfl.ts). */
export function testEqualTextAt(access: Access, read: Read, text: string): Test {
  return (entry) => {
    const value = access(entry);
    return typeof value === 'string' ? value === text : areEqual(read(entry), text);
  };
}

export function testEqualNumber(read: Read, number: number): Test {
  return (entry) => {
    const value = read(entry);
    return typeof value === 'number' ? value === number : areEqual(value, number);
  };
}

export function testEqualFlag(read: Read, flag: boolean): Test {
  return (entry) => {
    const value = read(entry);
    return typeof value === 'boolean' ? value === flag : areEqual(value, flag);
  };
}

/** For a list: any element in order with the other side. */
export function isOrdered(op: Ordering, left: Value, right: Value): boolean {
  return isOrderedWithin(op, { left, right }, 0);
}

function isOrderedWithin(
  op: Ordering,
  { left, right }: { readonly left: Value; readonly right: Value },
  depth: number,
): boolean {
  if (depth > MAX_DOCUMENT_DEPTH) return false;
  if (Array.isArray(left)) return left.some((item) => isOrderedWithin(op, { left: item, right }, depth + 1));
  if (Array.isArray(right)) return right.some((item) => isOrderedWithin(op, { left, right: item }, depth + 1));
  return holds(op, order(left, right));
}

export function testOrder(op: Ordering, left: Read, right: Read): Test {
  return (entry) => isOrdered(op, left(entry), right(entry));
}

export function testOrderNumber(op: Ordering, read: Read, number: number): Test {
  switch (op) {
    case '<':
      return (entry) => {
        const value = read(entry);
        return typeof value === 'number' ? value < number : isOrdered('<', value, number);
      };
    case '<=':
      return (entry) => {
        const value = read(entry);
        return typeof value === 'number' ? value <= number : isOrdered('<=', value, number);
      };
    case '>':
      return (entry) => {
        const value = read(entry);
        return typeof value === 'number' ? value > number : isOrdered('>', value, number);
      };
    case '>=':
      return (entry) => {
        const value = read(entry);
        return typeof value === 'number' ? value >= number : isOrdered('>=', value, number);
      };
  }
}

const textTests: Readonly<Record<TextTest, (text: string, part: string) => boolean>> = {
  contains: (text, part) => text.includes(part),
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
};

export function testText(
  test: TextTest,
  { left, right, caseless }: { readonly left: Read; readonly right: Read; readonly caseless: boolean },
): Test {
  const holdsFor = textTests[test];
  const fold = caseless ? foldCase : (text: string) => text;
  return (entry) => {
    const value = left(entry);
    const part = right(entry);
    return anyText(part, (one) => anyText(value, (text) => holdsFor(fold(text), fold(one))));
  };
}

export function testTextConstant(test: TextTest, read: Read, part: string): Test {
  switch (test) {
    case 'contains':
      return (entry) => {
        const value = read(entry);
        return typeof value === 'string' ? value.includes(part) : anyText(value, (text) => text.includes(part));
      };
    case 'startsWith':
      return (entry) => {
        const value = read(entry);
        return typeof value === 'string' ? value.startsWith(part) : anyText(value, (text) => text.startsWith(part));
      };
    case 'endsWith':
      return (entry) => {
        const value = read(entry);
        return typeof value === 'string' ? value.endsWith(part) : anyText(value, (text) => text.endsWith(part));
      };
  }
}

export function testPattern(read: Read, matches: (text: string) => boolean): Test {
  return (entry) => {
    const value = read(entry);
    return typeof value === 'string' ? matches(value) : anyText(value, matches);
  };
}

/** Element of a list, key of a map, part of a text: by what the container is in this entry. */
export function isMember(container: Value, item: Value, caselessKeys: boolean): boolean {
  if (item === null || item === undefined || container === null || container === undefined) return false;
  // A list is a member when any of its elements is; those of lists inside it do not count.
  if (Array.isArray(item)) return item.some((one) => !Array.isArray(one) && isMember(container, one, caselessKeys));
  if (Array.isArray(container)) return container.some((element) => areEqual(element, item));
  if (typeof item !== 'string') return false;
  if (typeof container === 'string') return container.includes(item);
  if (typeof container !== 'object') return false;
  return caselessKeys ? caselessKey(container, item) !== null : Object.hasOwn(container, item);
}

export const foldedValue = (value: Value): Value => folded(value);
