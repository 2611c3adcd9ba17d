/** Places in JSON as `$.items[0].id`; in ignore lists `[*]` stands for any position and `.*` for any name. */

export type Step = string | number;
/** Any name or position. */
const ANY = Symbol('any');
export type Pattern = readonly (Step | typeof ANY)[];

/** The path as text; names that are not plain stand in quotes. */
export const pathText = (steps: readonly Step[]): string =>
  `$${steps.map((step) => (typeof step === 'number' ? `[${step}]` : /^[A-Za-z_][\w-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`)).join('')}`;

/** The same with `[*]` for every position: what one list item says of all. */
export const generalPath = (steps: readonly Step[]): string => pathText(steps).replace(/\[\d+\]/g, '[*]');

const STEP = /\.([A-Za-z_*][\w-]*)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]/gy;

/** Undefined when the text is no path. */
export function parsePath(text: string): Pattern | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: (Step | typeof ANY)[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const match = STEP.exec(text);
    if (match === null) return undefined;
    const [, name, position, quoted] = match;
    if (name === '*' || position === '*') steps.push(ANY);
    else if (name !== undefined) steps.push(name);
    else if (position !== undefined) steps.push(Number(position));
    else steps.push(JSON.parse(`"${quoted ?? ''}"`) as string);
  }
  return steps;
}

/** The value there; undefined when there is none. */
export function readPath(root: unknown, path: string): unknown {
  let value = root;
  for (const step of parsePath(path) ?? []) {
    if (typeof value !== 'object' || value === null || step === ANY) return undefined;
    value = Object.hasOwn(value, step) ? (value as Record<string, unknown>)[String(step)] : undefined;
  }
  return value;
}

/** Does a place lie at or below the pattern? */
export function matchesPath(pattern: Pattern, steps: readonly Step[]): boolean {
  return pattern.length <= steps.length && pattern.every((part, at) => part === ANY || part === steps[at]);
}
