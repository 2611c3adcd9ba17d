/** Structural difference of two JSON values: one line for each path that is not the same in both. */

type DiffKind = 'changed' | 'added' | 'removed';

export interface DiffLine {
  readonly path: string;
  readonly kind: DiffKind;
  readonly left: unknown;
  readonly right: unknown;
}

/** A comparison with more lines than this is of two unrelated things; the rest is left out. */
export const MAX_DIFF_LINES = 2000;

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object';

/** Lines in the order of the left value, what only the right has after it. Text that holds JSON is compared as JSON. */
export function diff(left: unknown, right: unknown): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  const walk = (a: unknown, b: unknown, path: string): void => {
    if (lines.length >= MAX_DIFF_LINES || Object.is(a, b)) return;
    const [x, y] = [opened(a), opened(b)];
    if (isObject(x) && isObject(y) && Array.isArray(x) === Array.isArray(y)) {
      for (const key of new Set([...Object.keys(x), ...Object.keys(y)])) {
        const name = Array.isArray(x) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
        if (!Object.hasOwn(y, key)) lines.push({ path: name, kind: 'removed', left: x[key], right: undefined });
        else if (!Object.hasOwn(x, key)) lines.push({ path: name, kind: 'added', left: undefined, right: y[key] });
        else walk(x[key], y[key], name);
      }
    } else lines.push({ path, kind: 'changed', left: a, right: b });
  };
  walk(left, right, '');
  return lines.slice(0, MAX_DIFF_LINES);
}

/** JSON inside a string, as in a body's text; anything else as it is. */
function opened(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    // Only looks like JSON.
    return value;
  }
}
