/** Sums and the like over values of any kind: what cannot be computed is null. */

import { MAX_JOINED_LENGTH } from '../limits.ts';
import type { ArithmeticOp } from '../syntax/ast.ts';
import type { Value } from './compare.ts';
import { isNumber } from './compare.ts';

export function calculate(op: ArithmeticOp, left: Value, right: Value): Value {
  if (isNumber(left) && isNumber(right)) return onNumbers(op, left, right);
  if (op !== '+') return null;
  if (typeof left === 'string' && typeof right === 'string') {
    return left.length + right.length > MAX_JOINED_LENGTH ? null : left + right;
  }
  return Array.isArray(left) && Array.isArray(right) ? [...left, ...right] : null;
}

function onNumbers(op: ArithmeticOp, left: number | bigint, right: number | bigint): Value {
  if (typeof left === 'number' && typeof right === 'number') {
    const plain = onDoubles(op, left, right);
    // Past 2^53 a sum of whole numbers is taken exactly.
    if (Number.isSafeInteger(plain) || !Number.isSafeInteger(left) || !Number.isSafeInteger(right) || op === '/') {
      return Number.isFinite(plain) ? plain : null;
    }
  }
  if (op !== '/' && isWhole(left) && isWhole(right)) return onWhole(op, BigInt(left), BigInt(right));
  const result = onDoubles(op, Number(left), Number(right));
  return Number.isFinite(result) ? result : null;
}

const isWhole = (value: number | bigint) => typeof value === 'bigint' || Number.isSafeInteger(value);

function onDoubles(op: ArithmeticOp, left: number, right: number): number {
  switch (op) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? Number.NaN : left / right;
    case '%':
      return right === 0 ? Number.NaN : left % right;
  }
}

function onWhole(op: Exclude<ArithmeticOp, '/'>, left: bigint, right: bigint): Value {
  switch (op) {
    case '+':
      return narrowed(left + right);
    case '-':
      return narrowed(left - right);
    case '*':
      return narrowed(left * right);
    case '%':
      return right === 0n ? null : narrowed(left % right);
  }
}
const narrowed = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

/** The negative of a number; null for anything else. */
export const negated = (value: Value): Value => (isNumber(value) ? -value : null);
