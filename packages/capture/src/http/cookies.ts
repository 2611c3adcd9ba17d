/** Cookies by name (RFC 6265 §4); a later one of the same name wins, as in browsers. */

import type { HttpFields } from './fields.ts';

/** Of `Cookie` fields. */
export function sentCookies(fields: HttpFields): Record<string, string> | undefined {
  return byName(fields.all('cookie').flatMap((value) => value.split(';')));
}

/** Of `Set-Cookie` fields: names and values without attributes. */
export function setCookies(fields: HttpFields): Record<string, string> | undefined {
  return byName(fields.all('set-cookie').map((value) => value.split(';', 1)[0] ?? ''));
}

function byName(pairs: readonly string[]): Record<string, string> | undefined {
  const cookies: Record<string, string> = Object.create(null);
  let found = false;
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    cookies[pair.slice(0, equals).trim()] = pair.slice(equals + 1).trim();
    found = true;
  }
  return found ? { ...cookies } : undefined;
}
