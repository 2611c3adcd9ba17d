/** One answer beside the recorded one: status, chosen headers, body by structure, time. */

import { createHash } from 'node:crypto';
import { bodyBytes, headerOf, httpStatusOf } from '@kubeshark/recording';
import type { PlannedCall } from '../plan/call.ts';
import type { SentCall } from '../send/sent.ts';
import { diffJson, MAX_DIFFERENCES } from './json-diff.ts';
import { generalPath, matchesPath, type Pattern, parsePath, pathText, type Step } from './json-path.ts';
import { Ignored, type IgnoreRule, sameLook } from './noise.ts';

export interface VerifyOptions {
  /** Headers compared, in lower case. */
  readonly headers?: readonly string[];
  readonly ignore?: readonly IgnoreRule[];
  /** Places of lists whose order means nothing: `$.items`. */
  readonly sets?: readonly string[];
  /** Values that look like times and ids on both sides differ too. */
  readonly strict?: boolean;
  /** An answer may take so many milliseconds longer than the recorded one, and `latencyFactor` times as long. */
  readonly latencyMillis?: number;
  readonly latencyFactor?: number;
}

export type Difference =
  | { readonly part: 'failure'; readonly message: string }
  | { readonly part: 'status'; readonly expected: unknown; readonly actual: unknown }
  | { readonly part: 'header'; readonly place: string; readonly expected: unknown; readonly actual: unknown }
  | {
      readonly part: 'body';
      readonly place: string;
      readonly kind: 'changed' | 'missing' | 'added';
      readonly expected?: unknown;
      readonly actual?: unknown;
    }
  | { readonly part: 'latency'; readonly expected: number; readonly actual: number };

export interface Verdict {
  readonly differences: readonly Difference[];
  /** What was passed over, each by the rule that said so. */
  readonly ignored: readonly IgnoreRule[];
}

/** What clients act on; dates, lengths and traces change with every answer. */
export const DEFAULT_HEADERS = ['content-type', 'location', 'cache-control', 'www-authenticate', 'allow'] as const;
/** A staging server is slower than production, and a busy machine is slower than itself. */
export const DEFAULT_LATENCY_MILLIS = 250;
export const DEFAULT_LATENCY_FACTOR = 3;

export class Verifier {
  readonly #options: VerifyOptions;
  readonly #ignored: Ignored;
  readonly #sets: readonly Pattern[];

  constructor(options: VerifyOptions = {}) {
    this.#options = options;
    this.#ignored = new Ignored(options.ignore ?? []);
    this.#sets = (options.sets ?? []).map((place) => parsePath(place) ?? []);
  }

  verify(call: PlannedCall, sent: SentCall): Verdict {
    if (sent.failure !== undefined) {
      // A call that failed when it was recorded may fail again.
      if (call.entry.response === null && call.transport !== 'websocket') return { differences: [], ignored: [] };
      return { differences: [{ part: 'failure', message: sent.failure }], ignored: [] };
    }
    const found: Difference[] = [];
    const ignored = new Set<IgnoreRule>();
    if (call.transport === 'websocket') compareMessages(call, sent, found);
    else {
      const expected = httpStatusOf(call.entry);
      if (expected !== null && expected !== sent.status) found.push({ part: 'status', expected, actual: sent.status });
      this.#headers(call, sent, { found, ignored });
      this.#body(call, sent, { found, ignored });
    }
    this.#latency(call, sent, found);
    return { differences: found.slice(0, MAX_DIFFERENCES), ignored: [...ignored] };
  }

  #headers({ entry }: PlannedCall, sent: SentCall, { found, ignored }: Found): void {
    for (const name of this.#options.headers ?? DEFAULT_HEADERS) {
      const [expected, actual] = [headerOf(entry.response?.headers, name), sent.headers[name]];
      if (expected === actual) continue;
      const rule = this.#ignored.header(entry.endpoint, name);
      if (rule === undefined) found.push({ part: 'header', place: name, expected, actual });
      else ignored.add(rule);
    }
  }

  #body({ entry }: PlannedCall, sent: SentCall, { found, ignored }: Found): void {
    const body = entry.response?.body;
    // A body that was cut when captured, or now, says nothing about its end.
    if (body?.truncated === true || sent.isBodyCut) return;
    const recorded = bodyBytes(body);
    const actual = Buffer.from(sent.body);
    if (Buffer.from(recorded).equals(actual)) return;
    const [before, after] = [jsonOf(recorded), jsonOf(actual)];
    if (before === undefined || after === undefined) {
      const rule = this.#ignored.body(entry.endpoint, []);
      if (rule !== undefined) ignored.add(rule);
      else found.push({ part: 'body', place: '$', kind: 'changed', expected: brief(recorded), actual: brief(actual) });
      return;
    }
    const isIgnored = (steps: readonly Step[]): boolean => {
      const rule = this.#ignored.body(entry.endpoint, steps);
      if (rule !== undefined) ignored.add(rule);
      return rule !== undefined;
    };
    const isSet = (steps: readonly Step[]) =>
      this.#sets.some((pattern) => pattern.length === steps.length && matchesPath(pattern, steps));
    for (const { steps, ...difference } of diffJson(before.value, after.value, { isIgnored, isSet })) {
      const look =
        this.#options.strict === true || difference.kind !== 'changed'
          ? undefined
          : sameLook(difference.expected, difference.actual);
      if (look === undefined) found.push({ part: 'body', place: pathText(steps), ...difference });
      else ignored.add(this.#seemingly(entry.endpoint, generalPath(steps), look));
    }
  }

  /** One rule for every place, so that a report counts it once. */
  readonly #looks = new Map<string, IgnoreRule>();
  #seemingly(endpoint: string, place: string, look: string): IgnoreRule {
    const key = `${endpoint} ${place}`;
    const rule = this.#looks.get(key) ?? { endpoint, place, reason: `looks like ${look}` };
    this.#looks.set(key, rule);
    return rule;
  }

  #latency({ entry }: PlannedCall, { latency }: SentCall, found: Difference[]): void {
    const { latencyMillis = DEFAULT_LATENCY_MILLIS, latencyFactor = DEFAULT_LATENCY_FACTOR } = this.#options;
    const { latency: expected } = entry;
    if (expected === null || latency === undefined) return;
    if (latency > expected + latencyMillis && latency > expected * latencyFactor)
      found.push({ part: 'latency', expected, actual: latency });
  }
}

interface Found {
  readonly found: Difference[];
  readonly ignored: Set<IgnoreRule>;
}

function jsonOf(bytes: Uint8Array): { readonly value: unknown } | undefined {
  const first = bytes.find((byte) => byte > 0x20);
  // Objects and lists only: that `7` is JSON too helps nobody.
  if (first !== 0x7b && first !== 0x5b) return undefined;
  try {
    return { value: JSON.parse(Buffer.from(bytes).toString('utf8')) };
  } catch {
    return undefined;
  }
}

const BRIEF_CHARACTERS = 200;

function brief(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  if (text.includes('\ufffd'))
    return `${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}…`;
  return text.length > BRIEF_CHARACTERS ? `${text.slice(0, BRIEF_CHARACTERS)}…` : text;
}

function compareMessages(call: PlannedCall, { messages }: SentCall, found: Difference[]): void {
  for (let at = 0; at < Math.max(call.answers.length, messages.length); at++) {
    const [expected, actual] = [call.answers[at], messages[at]];
    if (expected === actual) continue;
    const kind = expected === undefined ? 'added' : actual === undefined ? 'missing' : 'changed';
    found.push({ part: 'body', place: `message ${at + 1}`, kind, expected, actual });
  }
}
