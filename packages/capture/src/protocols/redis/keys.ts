/** Where the keys of a command stand, from the server's own key specifications (commands.ts). */

import { commandTable } from './commands.ts';

interface KeySpec {
  /** Index of the first looked-at argument (the command's name is 0), or a keyword to look for from `start`. */
  readonly keyword?: string;
  readonly start: number;
  readonly find:
    | { readonly kind: 'range'; readonly last: number; readonly step: number; readonly limit: number }
    | { readonly kind: 'count'; readonly at: number; readonly first: number; readonly step: number };
}

/** Keys listed of one command; an MSET of a million keys is told by its first. */
export const MAX_KEYS = 256;

function specOf(text: string): KeySpec {
  const [from = '', kind, ...rest] = text.split(' ');
  const [keyword = '', start] = from.split('@');
  const [a = 0, b = 0, c = 0] = rest.map(Number);
  return {
    ...(keyword !== '' && { keyword }),
    start: Number(start),
    find: kind === 'range' ? { kind, last: a, step: b, limit: c } : { kind: 'count', at: a, first: b, step: c },
  };
}

const specs = new Map(
  commandTable.map(([name, keys]) => [name, keys === '' ? [] : keys.split('; ').map(specOf)] as const),
);

const containers = new Set(commandTable.flatMap(([name]) => (name.includes(' ') ? name.split(' ').slice(0, 1) : [])));

/** Full name of a command: its first word, or the first two for commands with subcommands (`CLIENT REPLY`). */
export function commandName(words: readonly string[]): string {
  const first = (words[0] ?? '').toUpperCase();
  const two = `${first} ${(words[1] ?? '').toUpperCase()}`;
  return specs.has(two) ? two : first;
}

/** True for the name of a command that Redis knows. */
export const isCommand = (name: string): boolean => specs.has(name);

function firstIndex({ keyword, start }: KeySpec, words: readonly string[]): number {
  if (keyword === undefined) return start;
  if (start < 0) {
    for (let index = words.length + start; index > 0; index -= 1)
      if (words[index]?.toUpperCase() === keyword) return index + 1;
    return -1;
  }
  for (let index = start; index < words.length; index += 1)
    if (words[index]?.toUpperCase() === keyword) return index + 1;
  return -1;
}

/** Keys that stand at fixed places: from `first` to `last` words behind it, or, if negative, to so many from the end. */
export interface KeyRange {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** Where the keys of a command of this name stand, `none` without any; null where only its words tell. */
export function keyRangeOf(name: string): KeyRange | 'none' | null {
  const known = specs.get(name);
  if (known === undefined) return name.includes('.') ? { first: 1, last: 0, step: 1 } : 'none';
  const [spec, ...more] = known;
  if (spec === undefined) return 'none';
  const { keyword, start, find } = spec;
  if (more.length > 0 || keyword !== undefined || find.kind !== 'range' || find.limit > 1) return null;
  return { first: start, last: find.last, step: find.step };
}

/** Does the second word of a command belong to its name: `CLIENT REPLY`? */
export const hasSubcommands = (name: string): boolean => containers.has(name);

/** The keys of a command in order. Commands of modules (`JSON.GET`) are taken to have theirs first. */
export function keysOf(words: readonly string[]): string[] {
  const name = commandName(words);
  const known = specs.get(name);
  if (known === undefined) return name.includes('.') && words[1] !== undefined ? [words[1]] : [];
  const keys: string[] = [];
  for (const spec of known) {
    const first = firstIndex(spec, words);
    if (first < 0 || first >= words.length) continue;
    const { find } = spec;
    let index = first;
    let end = words.length - 1;
    let step = 1;
    if (find.kind === 'range') {
      step = find.step;
      if (find.last >= 0) end = first + find.last;
      // A limit divides what follows: the keys of XREAD are the first half, its ids the second.
      else if (find.limit > 1) end = first + Math.floor((words.length - first) / find.limit) - 1;
      else end = words.length + find.last;
    } else {
      const count = Number(words[first + find.at]);
      if (!Number.isSafeInteger(count) || count <= 0) continue;
      index = first + find.first;
      step = find.step;
      end = index + (count - 1) * step;
    }
    for (; index <= end && index < words.length && keys.length < MAX_KEYS; index += step) keys.push(words[index] ?? '');
  }
  return keys;
}
