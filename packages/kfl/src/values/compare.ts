/**
 * What `==` and `<` mean (KFL §3). Both sides are values of a document or a query; null stands for missing and is never
 * equal to anything here: `x == null` is another operation.
 */

import { MAX_DOCUMENT_DEPTH, MAX_WHOLE_DIGITS } from '../limits.ts';

export type Value = unknown;

const WHOLE = new RegExp(`^-?[0-9]{1,${MAX_WHOLE_DIGITS}}$`);
/** Up to so many digits a double holds every whole number. */
const EXACT_DIGITS = 15;

/** The number a text stands for when it is a whole number, exactly; undefined for any other text. */
export function wholeNumber(text: string): number | bigint | undefined {
  if (text.length > MAX_WHOLE_DIGITS + 1 || !WHOLE.test(text)) return undefined;
  return text.length <= EXACT_DIGITS ? Number(text) : BigInt(text);
}

export const isNumber = (value: Value): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

/** ASCII letters only, so that it means the same in every engine. */
export function foldCase(text: string): string {
  return /[A-Z]/.test(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text;
}
export function raiseCase(text: string): string {
  return /[a-z]/.test(text) ? text.replace(/[a-z]+/g, (letters) => letters.toUpperCase()) : text;
}

/** Equality of two present values; a list is equal to a single value when any element is. */
export function areEqual(left: Value, right: Value, depth = 0): boolean {
  if (left === null || left === undefined || right === null || right === undefined) return false;
  if (typeof left === 'string') {
    if (typeof right === 'string') return left === right;
    if (isNumber(right)) return equalsWhole(left, right);
  } else if (isNumber(left)) {
    // Loosely: 5 and 5n are the same number, and JavaScript compares them exactly.
    // biome-ignore lint/suspicious/noDoubleEquals: see above
    if (isNumber(right)) return left == right;
    if (typeof right === 'string') return equalsWhole(right, left);
  } else if (typeof left === 'boolean' && typeof right === 'boolean') {
    return left === right;
  }
  if (depth > MAX_DOCUMENT_DEPTH) return false;
  if (Array.isArray(left)) {
    if (!Array.isArray(right)) return left.some((item) => areEqual(item, right, depth + 1));
    return left.length === right.length && left.every((item, index) => isSame(item, right[index], depth + 1));
  }
  if (Array.isArray(right)) return right.some((item) => areEqual(left, item, depth + 1));
  return typeof left === 'object' && typeof right === 'object' && equalObjects(left, right, depth + 1);
}

/** Elements in the same place: two nulls are the same there. */
const isSame = (left: Value, right: Value, depth: number) =>
  (left === null && right === null) || areEqual(left, right, depth);

function equalObjects(left: object, right: object, depth: number): boolean {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(right, key) &&
      isSame((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key], depth),
  );
}

function equalsWhole(text: string, number: number | bigint): boolean {
  const whole = wholeNumber(text);
  // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint are compared exactly
  return whole !== undefined && whole == number;
}

/** Negative, zero or positive; undefined across types and for what has no order. */
export function order(left: Value, right: Value): number | undefined {
  if (typeof left === 'string') {
    if (typeof right === 'string') return compareText(left, right);
    const whole = isNumber(right) ? wholeNumber(left) : undefined;
    return whole === undefined ? undefined : compareNumbers(whole, right as number | bigint);
  }
  if (!isNumber(left)) return undefined;
  if (isNumber(right)) return compareNumbers(left, right);
  const whole = typeof right === 'string' ? wholeNumber(right) : undefined;
  return whole === undefined ? undefined : compareNumbers(left, whole);
}

function compareNumbers(left: number | bigint, right: number | bigint): number | undefined {
  if (left < right) return -1;
  if (left > right) return 1;
  // biome-ignore lint/suspicious/noDoubleEquals: a number and a bigint are compared exactly; NaN is not ordered
  return left == right ? 0 : undefined;
}

/** By code point: a surrogate pair comes after every character that needs none, as in UTF-8. */
function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a === b) continue;
    const high = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
    return high(a) === high(b) ? a - b : high(a) ? 1 : -1;
  }
  return left.length - right.length;
}

/** Missing, false, 0 and whatever is empty are false; all else is true. */
export function isTrue(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (value === null || value === undefined || value === '' || value === 0 || value === 0n) return false;
  if (typeof value !== 'object') return !Number.isNaN(value);
  if (Array.isArray(value)) return value.length > 0;
  for (const key in value) if (Object.hasOwn(value, key)) return true;
  return false;
}
