/** Durations of different units beside each other, and a field that is counted in another unit than it is stored in. */

import { microsPer } from '../syntax/units.ts';
import type { TimeUnit } from './type.ts';
import type { Typed } from './typed.ts';

const isDuration = (node: Typed) => node.type === 'duration' && node.unit !== undefined;

/** Two values in one unit, where both are durations; constants are converted rather than fields. */
export function inSameUnit(left: Typed, right: Typed): readonly [Typed, Typed] {
  if (!isDuration(left) || !isDuration(right)) return [left, right];
  return left.kind === 'constant' ? [inUnit(left, right.unit), right] : [left, inUnit(right, left.unit)];
}

/** The same duration counted in `unit`. */
export function inUnit(node: Typed, unit: TimeUnit = 'us'): Typed {
  if (node.unit === undefined || node.unit === unit) return node;
  const factor = microsPer[node.unit] / microsPer[unit];
  if (node.kind === 'constant')
    return { ...node, value: typeof node.value === 'number' ? tidy(node.value * factor) : node.value, unit };
  const { start, end } = node;
  const right: Typed = { kind: 'constant', value: factor, type: 'float', start, end };
  return { kind: 'arithmetic', op: '*', left: node, right, type: 'duration', unit, start, end };
}

/** For comparisons: `field * 1000 > 5` is `field > 0.005`, as a column can be searched only by itself. */
export function withoutFactor(left: Typed, right: Typed): readonly [Typed, Typed] {
  const stripped = divided(left, right);
  if (stripped !== undefined) return stripped;
  const [second, first] = divided(right, left) ?? [right, left];
  return [first, second];
}

function divided(scaled: Typed, other: Typed): readonly [Typed, Typed] | undefined {
  if (scaled.kind !== 'arithmetic' || scaled.op !== '*' || scaled.left.kind !== 'field') return undefined;
  if (scaled.right.kind !== 'constant' || typeof scaled.right.value !== 'number' || scaled.right.value <= 0)
    return undefined;
  if (other.kind !== 'constant' || typeof other.value !== 'number') return undefined;
  const { unit } = scaled.left;
  return [
    scaled.left,
    { ...other, value: tidy(other.value / scaled.right.value), ...(unit !== undefined && { unit }) },
  ];
}

/** 0.1 × 1000 is 100.00000000000001 to a double: what a person wrote has no such digits. */
const tidy = (value: number) => Number(value.toPrecision(15));
