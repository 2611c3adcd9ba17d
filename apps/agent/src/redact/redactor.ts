/**
 * Takes secrets out of an entry before it leaves the agent. Keys stay, values become a marker. Works on the entry's JSON,
 * so it knows no protocol: headers, cookies, bodies, query strings and whatever a protocol added are all read.
 */

import type { RedactionSettings } from '@kubeshark/contract';
import type { Entry } from '@kubeshark/model';
import { RE2JS } from 're2js';
import { redactShapes } from './detectors.ts';
import { redactJsonText } from './json-text.ts';
import { REDACTED } from './redacted.ts';

const secretHeaders = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'api-key',
  'x-auth-token',
  'x-csrf-token',
  'x-amz-security-token',
];
const secretKeys = [
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'secret',
  'client_secret',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'api_key',
  'apikey',
  'private_key',
  'credit_card',
  'card_number',
  'cvv',
  'ssn',
];

/** Places that hold names and values rather than text of the protocol: all their values go when the header does. */
const CONTAINERS_OF_HEADER: Readonly<Record<string, string>> = { cookies: 'cookie' };
/** Deeper than any protocol's document; below it nothing is kept. */
const MAX_DEPTH = 64;

/** `userPassword`, `user-password` and `USER_PASSWORD` are one name. */
const normal = (name: string): string => name.toLowerCase().replace(/[-_.]/g, '');

/** A query string or form: `a=1&token=x`; the value ends at `&`, `;`, white space or a quote. */
const pair = /([\w.[\]-]{1,64})=([^&;\s"'<>]+)/g;

export type Redactor = (entry: Entry) => Entry;

interface Rules {
  readonly isSecretHeader: (name: string) => boolean;
  readonly isSecretKey: (name: string) => boolean;
  readonly detectShapes: boolean;
  readonly patterns: readonly RE2JS[];
}

/** Compiles the settings; a pattern that RE2 refuses is told in `faults` and left out. */
export function createRedactor({ defaults, rules }: RedactionSettings): { redact: Redactor; faults: string[] } {
  const headers = new Set(defaults ? secretHeaders : []);
  // Names of headers stand in bodies too: what a WebSocket client says of itself first is `{"Authorization":"Bearer …"}`.
  const keys = new Set((defaults ? [...secretKeys, ...secretHeaders, 'auth_token'] : []).map(normal));
  const patterns: RE2JS[] = [];
  const faults: string[] = [];
  for (const rule of rules) {
    if (rule.kind === 'header') headers.add(rule.name.toLowerCase());
    else if (rule.kind === 'key') keys.add(normal(rule.name));
    else {
      try {
        patterns.push(RE2JS.compile(rule.pattern));
      } catch (error) {
        faults.push(`redaction pattern ${rule.pattern}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  }
  const walker = new Walker({
    isSecretHeader: remembered((name) => headers.has(name.toLowerCase())),
    isSecretKey: remembered((name) => {
      const plain = normal(name);
      return keys.has(plain) || (defaults && plain.endsWith('password'));
    }),
    detectShapes: defaults,
    patterns,
  });
  const isIdle = headers.size === 0 && keys.size === 0 && patterns.length === 0;
  return { redact: isIdle ? (entry) => entry : (entry) => walker.entry(entry), faults };
}

/** The same few names come with every entry; those of a hostile one must not fill memory. */
const MAX_REMEMBERED = 4096;
const MAX_REMEMBERED_LENGTH = 64;

function remembered(ask: (name: string) => boolean): (name: string) => boolean {
  const known = new Map<string, boolean>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const answer = ask(name);
    if (known.size >= MAX_REMEMBERED) known.clear();
    if (name.length <= MAX_REMEMBERED_LENGTH) known.set(name, answer);
    return answer;
  };
}

/** Parts of an entry that are ours: ids, addresses and times must stay what they are. */
const own = new Set([
  'id',
  'timestamp',
  'node',
  'protocol',
  'protocols',
  'src',
  'dst',
  'method',
  'status',
  'error',
  'latency',
  'traceId',
  'connection',
  'capture',
]);

/** What holds no secret is given back as it is: most of every entry, which would otherwise be copied. */
class Walker {
  readonly #rules: Rules;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  entry(entry: Entry): Entry {
    return changed(entry, (value, name) => (own.has(name) ? value : this.#value(value, 0))) as Entry;
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > MAX_DEPTH) return REDACTED;
    if (Array.isArray(value)) return this.#list(value, depth);
    return changed(value, (item, name) => this.#member(name, item, depth));
  }

  #list(items: readonly unknown[], depth: number): readonly unknown[] {
    const result = items.map((item) => this.#value(item, depth + 1));
    return result.some((item, n) => item !== items[n]) ? result : items;
  }

  #member(name: string, value: unknown, depth: number): unknown {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (name === 'headers' || name === 'trailers') return this.#headers(value, depth);
      const header = CONTAINERS_OF_HEADER[name];
      if (header !== undefined && this.#rules.isSecretHeader(header)) return changed(value, () => REDACTED);
      return this.#value(value, depth + 1);
    }
    const isValue = value !== null && value !== undefined && value !== '';
    if (isValue && typeof value !== 'boolean' && this.#rules.isSecretKey(name)) return REDACTED;
    return this.#value(value, depth + 1);
  }

  #headers(headers: object, depth: number): object {
    return changed(headers, (value, name) => {
      if (!this.#rules.isSecretHeader(name)) return this.#value(value, depth + 1);
      return Array.isArray(value) ? value.map(() => REDACTED) : REDACTED;
    });
  }

  #text(text: string): string {
    const { isSecretKey, detectShapes, patterns } = this.#rules;
    let result = text;
    if (result.includes('":') || result.includes('" :')) result = redactJsonText(result, isSecretKey);
    if (result.includes('='))
      result = result.replace(pair, (whole, name: string) => (isSecretKey(name) ? `${name}=${REDACTED}` : whole));
    if (detectShapes) result = redactShapes(result);
    for (const pattern of patterns) result = pattern.matcher(result).replaceAll(REDACTED);
    return result;
  }
}

/** The same object when `change` changes nothing in it, else a copy with what it changed. */
function changed(object: object, change: (value: unknown, name: string) => unknown): object {
  const values = object as Readonly<Record<string, unknown>>;
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(values)) {
    const before = values[name];
    const after = change(before, name);
    if (after === before) continue;
    copy ??= { ...values };
    // An assignment to `__proto__` would leave the secret where it is.
    Object.defineProperty(copy, name, { value: after, enumerable: true, writable: true, configurable: true });
  }
  return copy ?? object;
}
