/**
 * What `EntryPacker` leaves of an entry, said by way of objects: the same meaning in another form, which tests hold it against.
 * Slow, and plain to read.
 */

import type { Entry } from '@kubeshark/model';
import { REDACTED } from '../redact/redacted.ts';
import type { Rules } from '../redact/rules.ts';
import { MAX_DEPTH } from '../ship/entry-packer.ts';

const own = /^(?:id|timestamp|node|protocols?|src|dst|method|status|error|latency|traceId|connection|capture)$/;

export function redactEntry(entry: Entry, rules: Rules): Entry {
  const value = (item: unknown, depth: number): unknown => {
    if (typeof item === 'string') return rules.text(item);
    if (typeof item !== 'object' || item === null) return item;
    if (depth > MAX_DEPTH) return REDACTED;
    if (Array.isArray(item)) return item.map((one) => value(one, depth + 1));
    return mapped(item, (one, name) => member(name, one, depth));
  };
  const member = (name: string, item: unknown, depth: number): unknown => {
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
      if (name === 'headers' || name === 'trailers') return mapped(item, (one, header) => ofHeader(header, one, depth));
      if (name === 'cookies' && rules.isSecretHeader('cookie')) return mapped(item, () => REDACTED);
      return value(item, depth + 1);
    }
    const isValue = item !== null && item !== '' && typeof item !== 'boolean';
    return isValue && rules.isSecretKey(name) ? REDACTED : value(item, depth + 1);
  };
  const ofHeader = (name: string, item: unknown, depth: number): unknown => {
    if (!rules.isSecretHeader(name)) return value(item, depth + 1);
    return Array.isArray(item) ? item.map(() => REDACTED) : REDACTED;
  };
  return mapped(entry, (item, name) => (own.test(name) ? item : value(item, 0))) as Entry;
}

function mapped(object: object, change: (value: unknown, name: string) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value, name)]));
}
