/** What is a secret: by the name of a header or key, by what a text says, by its shape. `EntryPacker` obeys. */

import type { RedactionSettings } from '@kubeshark/contract';
import { RE2JS } from 're2js';
import { redactShapes } from './detectors.ts';
import { redactJsonText } from './json-text.ts';
import { REDACTED } from './redacted.ts';
import { SecretScan } from './secret-scan.ts';

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

/** What ends with it is one. */
const PASSWORD = 'password';

/** `userPassword`, `user-password` and `USER_PASSWORD` are one name. */
const normal = (name: string): string => name.toLowerCase().replace(/[-_.]/g, '');

/** A query string or form: `a=1&token=x`; the value ends at `&`, `;`, white space or a quote. */
const pair = /([\w.[\]-]{1,64})=([^&;\s"'<>]+)/g;

export interface Rules {
  readonly isSecretHeader: (name: string) => boolean;
  readonly isSecretKey: (name: string) => boolean;
  /** Whether every text is to be searched, whatever its bytes. */
  readonly searchesAll: boolean;
  /** False only where `text` gives back what it is given: most of all texts, and bytes are looked at faster. */
  mayHold(bytes: Uint8Array, start: number, end: number): boolean;
  /** The text with a marker for each secret. */
  text(text: string): string;
}

/** Compiles the settings; a pattern that RE2 refuses is told in `faults` and left out. */
export function createRules({ defaults, rules }: RedactionSettings): {
  readonly rules: Rules;
  readonly faults: string[];
} {
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
  const isSecretHeader = remembered((name) => headers.has(name.toLowerCase()));
  const isSecretKey = remembered((name) => {
    const plain = normal(name);
    return keys.has(plain) || (defaults && plain.endsWith(PASSWORD));
  });
  const scan = new SecretScan(isSecretKey, [...keys, ...(defaults ? [PASSWORD] : [])], defaults);
  const text = (whole: string): string => {
    let result = whole;
    if (result.includes('":') || result.includes('" :')) result = redactJsonText(result, isSecretKey);
    if (result.includes('='))
      result = result.replace(pair, (found, name: string) => (isSecretKey(name) ? `${name}=${REDACTED}` : found));
    if (defaults) result = redactShapes(result);
    for (const pattern of patterns) result = pattern.matcher(result).replaceAll(REDACTED);
    return result;
  };
  const searchesAll = patterns.length > 0;
  const mayHold: Rules['mayHold'] = (bytes, start, end) => searchesAll || scan.mayHold(bytes, start, end);
  return { rules: { isSecretHeader, isSecretKey, searchesAll, mayHold, text }, faults };
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
