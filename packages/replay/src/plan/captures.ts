/**
 * Values that a server makes up (ids, tokens) and later requests carry. A capture names where such a value is in an answer;
 * the recorded value is then replaced by the new one in everything that is sent after it.
 */

import type { Entry } from '@kubeshark/model';
import { headerOf } from '@kubeshark/recording';
import { readPath } from '../verify/json-path.ts';
import type { Fields, PlannedCall } from './call.ts';

/** `POST /login $.token` or `POST /login header:set-cookie` */
export interface Capture {
  /** As calls are grouped by: `POST /login`. */
  readonly endpoint: string;
  /** `$.a[0].b` in a JSON body, or `header:name`. */
  readonly place: string;
}

/** Shorter values are in everything by chance: `7`, `ok`. */
const MIN_PROPOSED_LENGTH = 6;
const MAX_PROPOSALS = 50;
/** Answers looked at for proposals; a login is early. */
const MAX_SEARCHED = 2_000;

export const captureText = ({ endpoint, place }: Capture): string => `${endpoint} ${place}`;

/** Undefined when it is not written like one. */
export function parseCapture(text: string): Capture | undefined {
  const match = /^(.+\S)\s+(\$\S*|header:[\w-]+)$/.exec(text.trim());
  return match === null ? undefined : { endpoint: match[1] ?? '', place: match[2] ?? '' };
}

export interface Answer {
  readonly headers: (name: string) => string | undefined;
  readonly body: string | undefined;
}

export const recordedAnswer = ({ response }: Entry): Answer => ({
  headers: (name) => headerOf(response?.headers, name),
  body: response?.body?.text,
});

/** The value at the capture's place, as text; undefined when there is none. */
export function valueAt(answer: Answer, place: string): string | undefined {
  if (place.startsWith('header:')) return answer.headers(place.slice('header:'.length).toLowerCase());
  if (answer.body === undefined) return undefined;
  try {
    const value = readPath(JSON.parse(answer.body), place);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  } catch {
    // No JSON after all: nothing to take from it.
    return undefined;
  }
}

/** The recorded value is only a value where no letter or digit touches it: `7` is not in `17`. */
const asToken = (value: string): RegExp =>
  new RegExp(`(?<![A-Za-z0-9])${value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![A-Za-z0-9])`, 'g');

const holds = (call: Pick<PlannedCall, 'target' | 'headers' | 'body'>, value: string): boolean => {
  const pattern = asToken(value);
  const texts = [call.target, ...call.headers.map(([, text]) => text), Buffer.from(call.body).toString('latin1')];
  return texts.some((text) => text.search(pattern) >= 0);
};

/** Recorded values and what stands for them now. */
export class Substitutions {
  readonly #values = new Map<string, string>();

  set(recorded: string, replayed: string): void {
    if (recorded !== replayed && recorded !== '') this.#values.set(recorded, replayed);
  }

  apply(call: PlannedCall): PlannedCall {
    if (this.#values.size === 0) return call;
    const replace = (text: string): string => {
      let changed = text;
      for (const [recorded, replayed] of this.#values) changed = changed.replace(asToken(recorded), () => replayed);
      return changed;
    };
    const headers: Fields = call.headers.map(([name, value]) => [name, replace(value)]);
    const body =
      call.body.length === 0 ? call.body : Buffer.from(replace(Buffer.from(call.body).toString('latin1')), 'latin1');
    return { ...call, target: replace(call.target), headers, body };
  }
}

/** For each call, the earlier ones whose captured values it carries: it must wait for them. */
export function dependencies(
  calls: readonly PlannedCall[],
  captures: readonly Capture[],
): ReadonlyMap<number, number[]> {
  const needs = new Map<number, number[]>();
  if (captures.length === 0) return needs;
  const made: { index: number; value: string }[] = [];
  for (const call of calls) {
    const needed = made.filter(({ value }) => holds(call, value)).map(({ index }) => index);
    if (needed.length > 0) needs.set(call.index, needed);
    for (const { place } of captures.filter(({ endpoint }) => endpoint === call.entry.endpoint)) {
      const value = valueAt(recordedAnswer(call.entry), place);
      if (value !== undefined) made.push({ index: call.index, value });
    }
  }
  return needs;
}

/** Captures worth declaring: values of answers that later requests carry and earlier ones did not. */
export function proposeCaptures(calls: readonly PlannedCall[]): Capture[] {
  const found = new Map<string, Capture>();
  for (const [position, call] of calls.slice(0, MAX_SEARCHED).entries()) {
    const { body } = recordedAnswer(call.entry);
    const later = calls.slice(position + 1, position + MAX_SEARCHED);
    for (const [place, value] of leaves(body)) {
      if (value.length < MIN_PROPOSED_LENGTH || found.size >= MAX_PROPOSALS) continue;
      const capture = { endpoint: call.entry.endpoint, place };
      if (found.has(captureText(capture)) || holds(call, value)) continue;
      if (later.some((next) => holds(next, value))) found.set(captureText(capture), capture);
    }
  }
  return [...found.values()];
}

/** Texts and numbers of a JSON body with their paths; those of long lists are left out. */
function* leaves(body: string | undefined): Generator<readonly [place: string, value: string]> {
  if (body === undefined) return;
  let root: unknown;
  try {
    root = JSON.parse(body);
  } catch {
    return;
  }
  const waiting: [string, unknown][] = [['$', root]];
  for (let turn = 0; waiting.length > 0 && turn < 500; turn++) {
    const [place, value] = waiting.shift() ?? ['$', null];
    if (typeof value === 'string' || typeof value === 'number') yield [place, String(value)];
    else if (Array.isArray(value))
      waiting.push(...value.slice(0, 3).map((item, at): [string, unknown] => [`${place}[${at}]`, item]));
    else if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value))
        if (/^[\w-]+$/.test(name)) waiting.push([`${place}.${name}`, item]);
  }
}
