/** Differences that mean nothing: values that change with every answer. Learnt, or recognised by their look; never in silence. */

import type { Entry } from '@kubeshark/model';
import { diffJson } from './json-diff.ts';
import { generalPath, matchesPath, type Pattern, parsePath, type Step } from './json-path.ts';

/** One line of an ignore list: `GET /orders/{id} $.createdAt`; `*` instead of the endpoint means every one. */
export interface IgnoreRule {
  readonly endpoint: string;
  /** A path in a JSON body, or `header:name`. */
  readonly place: string;
  /** Why it is here: for people. */
  readonly reason: string;
}

export const ruleText = ({ endpoint, place, reason }: IgnoreRule): string => `${endpoint} ${place}  # ${reason}`;

/** The rules of an ignore list, and the lines that are none. */
export function parseRules(text: string): { readonly rules: IgnoreRule[]; readonly faults: string[] } {
  const rules: IgnoreRule[] = [];
  const faults: string[] = [];
  for (const line of text.split('\n')) {
    const [, rule = '', comment] = /^(.*?)(?:\s+#\s*(.*))?$/.exec(line.trim()) ?? [];
    if (rule === '' || rule.startsWith('#')) continue;
    const match = /^(?:(\S(?:.*\S)?)\s+)?(\$\S*|header:[\w-]+)$/.exec(rule);
    const place = match?.[2] ?? '';
    if (match === null || (place.startsWith('$') && parsePath(place) === undefined)) faults.push(line.trim());
    else
      rules.push({
        endpoint: match[1] ?? '*',
        place: place.toLowerCase().startsWith('header:') ? place.toLowerCase() : place,
        reason: comment ?? 'ignore list',
      });
  }
  return { rules, faults };
}

type Look = readonly [name: string, test: (value: unknown) => boolean];

/** 2001 to 2100, in seconds, milliseconds or microseconds. */
const isEpoch = (value: number): boolean => [1, 1e3, 1e6].some((unit) => value > 978e6 * unit && value < 4.1e9 * unit);
const text = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);

/** Values that look like this on both sides differ because they must. Each pattern is linear. */
const looks: readonly Look[] = [
  ['a time', text(/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/)],
  ['a time', text(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d /)],
  ['a time', (value) => typeof value === 'number' && isEpoch(value)],
  ['a UUID', text(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i)],
  ['a token', text(/^[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}$/)],
  ['a random id', text(/^(?=.*\d)(?=.*[a-f])[0-9a-f]{16,}$/i)],
  ['a random id', text(/^(?=.*\d)[0-9A-HJKMNP-TV-Z]{26}$/)],
];

/** What two different values both look like; undefined when they differ in earnest. */
export const sameLook = (expected: unknown, actual: unknown): string | undefined =>
  looks.find(([, test]) => test(expected) && test(actual))?.[0];

/** Rules that calls recorded more than once give: what differs between equal requests differs by itself. */
export function learnFromRecording(entries: readonly Entry[]): IgnoreRule[] {
  const firsts = new Map<string, Entry>();
  const rules = new Map<string, IgnoreRule>();
  for (const entry of entries) {
    const { request, endpoint, method } = entry;
    // Only what is read twice in the same way: a POST may well answer differently because it did something.
    if (method !== 'GET' || entry.error) continue;
    const key = JSON.stringify([method, request?.url ?? request?.path, request?.body?.text ?? '']);
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, entry);
    else addRules(rules, { endpoint, first, second: entry, reason: 'differs within the recording' });
  }
  return [...rules.values()];
}

interface Twice {
  readonly endpoint: string;
  readonly first: Pick<Entry, 'response'>;
  readonly second: Pick<Entry, 'response'>;
  readonly reason: string;
}

/** A value that differs twice in a recording is noise only when it also looks like it: a counter or a stock is news. */
function addRules(rules: Map<string, IgnoreRule>, { endpoint, first, second, reason }: Twice): void {
  for (const { steps, kind, expected, actual } of bodyDifferences(
    first.response?.body?.text,
    second.response?.body?.text,
  )) {
    const look = kind === 'changed' ? sameLook(expected, actual) : undefined;
    if (look === undefined) continue;
    const place = generalPath(steps);
    rules.set(`${endpoint} ${place}`, { endpoint, place, reason: `${look}; ${reason}` });
  }
}

/** Rules from two runs against the same server: everything in which they differ. */
export function learnFromRuns(
  pairs: Iterable<{ endpoint: string; first: string | undefined; second: string | undefined }>,
): IgnoreRule[] {
  const rules = new Map<string, IgnoreRule>();
  for (const { endpoint, first, second } of pairs) {
    for (const { steps } of bodyDifferences(first, second)) {
      const place = generalPath(steps);
      rules.set(`${endpoint} ${place}`, { endpoint, place, reason: 'differs between two runs' });
    }
  }
  return [...rules.values()];
}

function bodyDifferences(first: string | undefined, second: string | undefined) {
  if (first === undefined || second === undefined || first === second) return [];
  try {
    return diffJson(JSON.parse(first), JSON.parse(second), { isSet: () => false, isIgnored: () => false });
  } catch {
    // Not JSON: then there is no path to ignore.
    return [];
  }
}

/** Rules by endpoint, ready to be asked for every place. */
export class Ignored {
  readonly #byEndpoint = new Map<string, { rule: IgnoreRule; pattern: Pattern | undefined }[]>();

  constructor(rules: readonly IgnoreRule[]) {
    for (const rule of rules) {
      const list = this.#byEndpoint.get(rule.endpoint) ?? [];
      list.push({ rule, pattern: parsePath(rule.place) });
      this.#byEndpoint.set(rule.endpoint, list);
    }
  }

  body(endpoint: string, steps: readonly Step[]): IgnoreRule | undefined {
    return this.#of(endpoint).find(({ pattern }) => pattern !== undefined && matchesPath(pattern, steps))?.rule;
  }

  header(endpoint: string, name: string): IgnoreRule | undefined {
    return this.#of(endpoint).find(({ rule }) => rule.place === `header:${name}`)?.rule;
  }

  #of(endpoint: string) {
    return [...(this.#byEndpoint.get(endpoint) ?? []), ...(this.#byEndpoint.get('*') ?? [])];
  }
}
