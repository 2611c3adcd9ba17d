/** What a request asks for: path, query, and the template that calls are grouped by. */

const MAX_SEGMENTS = 16;
const MAX_TEMPLATE_LENGTH = 200;
/** A query of nothing but separators has at most as many pairs as a head has bytes. */
const MAX_PAIRS = 1000;

/** One segment that names a thing rather than a kind of thing. Each is linear; examples beside them. */
const ID_SEGMENTS: readonly RegExp[] = [
  /^\d+$/, // 7, 20260102
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, // a UUID
  /^(?=.*\d)[0-9a-f]{12,}$/i, // an object id, a digest
  /^(?=[^/]*\d)(?=[^/]*[A-Za-z])[\w-]{20,}$/, // ULID, base64url token
  /^[A-Za-z]{1,16}[-_:]\d{2,}$/, // order-10023
  /^\d+(?:[,;]\d+)+$/, // 3,4,5
  /^[^@/]+@[^@/]+\.[^@/]+$/, // an e-mail address
];

/** Every one of them has one of these: most segments are words, and no more is asked of them. */
const ID_MARK = /[\d@-]/;

/** `/users/7/orders/123e4567-…` becomes `/users/{id}/orders/{id}`. */
export function foldPath(path: string): string {
  const segments = path.split('/');
  const folded = segments
    .slice(0, MAX_SEGMENTS)
    .map((segment) => (isId(segment) ? '{id}' : segment))
    .join('/');
  return (segments.length > MAX_SEGMENTS ? `${folded}/…` : folded).slice(0, MAX_TEMPLATE_LENGTH);
}

function isId(segment: string): boolean {
  return ID_MARK.test(segment) && ID_SEGMENTS.some((pattern) => pattern.test(segment));
}

export interface Target {
  /** Without the query; `*` and the authority of CONNECT as they are. */
  readonly path: string;
  /** After `?`; undefined without one. */
  readonly search?: string;
  /** Of an absolute-form target (RFC 9112 §3.2.2). */
  readonly authority?: string;
  readonly scheme?: string;
}

/** Takes a request target of any form apart (RFC 9112 §3.2). */
export function parseTarget(target: string): Target {
  const absolute = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(target);
  const rest = absolute === null ? target : target.slice(absolute[0].length);
  const question = rest.indexOf('?');
  const path = question < 0 ? rest : rest.slice(0, question);
  return {
    path: absolute !== null && path === '' ? '/' : path,
    ...(question >= 0 && { search: rest.slice(question + 1) }),
    ...(absolute !== null && { scheme: absolute[1]?.toLowerCase() ?? '', authority: absolute[2] ?? '' }),
  };
}

/** What calls are grouped by: `GET /users/{id}`. */
export function endpointOf(method: string, target: string): string {
  const path = target.startsWith('/') ? (target.split('?', 1)[0] ?? '') : parseTarget(target).path;
  return `${method} ${foldPath(path)}`;
}

/** Names and values of a query or a form (WHATWG URL §5.1); a repeated name has a list. */
export function parseQuery(search: string): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {};
  for (const pair of search.split('&', MAX_PAIRS)) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    const before = Object.hasOwn(values, name) ? values[name] : undefined;
    if (Array.isArray(before)) before.push(value);
    else if (before !== undefined) values[name] = [before, value];
    else if (name === '__proto__') Object.defineProperty(values, name, { value, enumerable: true, configurable: true });
    else values[name] = value;
  }
  return values;
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  // Decodes what is right and leaves what is not, where decodeURIComponent would throw.
  return new URLSearchParams(`=${text}`).get('') ?? text;
}
