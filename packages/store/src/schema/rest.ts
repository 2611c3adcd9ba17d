/**
 * What no column of an entry holds, as the JSON text of the column `extra`. Written key by key: to copy an entry and take
 * values out of the copy costs twice as much.
 *
 * Invariant: leaves out exactly what `restore` puts back from the columns.
 */

export type Holder = Record<string, unknown>;

/** Bits of the column `repeats`: values inside request and response that only repeat the entry's own. */
export const repeated = { requestMethod: 1, responseStatus: 2, responseLatency: 4 } as const;

export const isHolder = (value: unknown): value is Holder =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text that UTF-8 can hold, and that is not told by an empty column. */
const isHeldText = (value: unknown): boolean => typeof value === 'string' && value !== '' && value.isWellFormed();
export const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
export const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 0xffff;
export const isTextList = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && item.isWellFormed());

/** What is held elsewhere: of repeated values their bits, of headers that both columns give them back. */
export interface Held {
  readonly repeats: number;
  readonly requestHeaders: boolean;
  readonly responseHeaders: boolean;
}

export function restOf(entry: Holder, { repeats, requestHeaders, responseHeaders }: Held): string {
  let rest = '';
  for (const key in entry) {
    const value = entry[key];
    let json: string | undefined;
    switch (key) {
      case 'id':
      case 'error':
        continue;
      case 'timestamp':
      case 'latency':
        if (isNumber(value)) continue;
        json = jsonOf(value);
        break;
      case 'status':
        if (isNumber(value) || isHeldText(value)) continue;
        json = jsonOf(value);
        break;
      case 'node':
      case 'protocol':
      case 'method':
      case 'endpoint':
      case 'summary':
      case 'errorText':
      case 'traceId':
        if (isHeldText(value)) continue;
        json = jsonOf(value);
        break;
      case 'protocols':
        if (isTextList(value)) continue;
        json = jsonOf(value);
        break;
      case 'src':
      case 'dst':
        json = isHolder(value) ? endpointRest(value) : jsonOf(value);
        break;
      case 'connection':
        json = isHolder(value) ? connectionRest(value) : jsonOf(value);
        break;
      case 'request':
        json = isHolder(value) ? messageRest(value, repeats & repeated.requestMethod, requestHeaders) : jsonOf(value);
        break;
      case 'response':
        json = isHolder(value) ? messageRest(value, repeats & ~repeated.requestMethod, responseHeaders) : jsonOf(value);
        break;
      default:
        json = jsonOf(value);
    }
    rest = withMember(rest, key, json);
  }
  return `{${rest}}`;
}

function endpointRest(end: Holder): string {
  let rest = '';
  for (const key in end) {
    const value = end[key];
    switch (key) {
      case 'ip':
      case 'name':
      case 'namespace':
      case 'pod':
      case 'service':
      case 'workload':
      case 'node':
      case 'process':
      case 'dns':
        if (isHeldText(value)) continue;
        break;
      case 'port':
        if (isPort(value)) continue;
    }
    rest = withMember(rest, key, jsonOf(value));
  }
  return `{${rest}}`;
}

function connectionRest(connection: Holder): string {
  let rest = '';
  for (const key in connection) {
    const value = connection[key];
    if (key === 'id' && isHeldText(value)) continue;
    rest = withMember(rest, key, jsonOf(value));
  }
  return `{${rest}}`;
}

function messageRest(message: Holder, repeats: number, isHeadersHeld: boolean): string {
  let rest = '';
  for (const key in message) {
    const value = message[key];
    let json: string | undefined;
    switch (key) {
      case 'size':
        if (isNumber(value)) continue;
        json = jsonOf(value);
        break;
      case 'path':
        if (isHeldText(value)) continue;
        json = jsonOf(value);
        break;
      case 'method':
        if (repeats & repeated.requestMethod) continue;
        json = jsonOf(value);
        break;
      case 'status':
        if (repeats & repeated.responseStatus) continue;
        json = jsonOf(value);
        break;
      case 'latency':
        if (repeats & repeated.responseLatency) continue;
        json = jsonOf(value);
        break;
      case 'headers':
        if (isHeadersHeld) continue;
        json = jsonOf(value);
        break;
      case 'body':
        json = isHolder(value) ? bodyRest(value) : jsonOf(value);
        break;
      default:
        json = jsonOf(value);
    }
    rest = withMember(rest, key, json);
  }
  return `{${rest}}`;
}

function bodyRest(body: Holder): string {
  let rest = '';
  for (const key in body) {
    const value = body[key];
    if ((key === 'text' || key === 'base64') && isHeldText(value)) continue;
    rest = withMember(rest, key, jsonOf(value));
  }
  return `{${rest}}`;
}

/** As `JSON.stringify`, which costs much more for a number than for a large object. */
function jsonOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? `${value}` : 'null';
  return JSON.stringify(value);
}

/** The same few keys come with every entry; those of so many are kept as JSON. */
const MAX_KEYS = 2_000;
const knownKeys = new Map<string, string>();

function keyOf(key: string): string {
  const known = knownKeys.get(key);
  if (known !== undefined) return known;
  const made = `${JSON.stringify(key)}:`;
  // Keys are the wire's: somebody may make up new ones all the time.
  if (knownKeys.size >= MAX_KEYS) knownKeys.clear();
  knownKeys.set(key, made);
  return made;
}

const withMember = (rest: string, key: string, json: string | undefined): string =>
  json === undefined ? rest : `${rest === '' ? '' : `${rest},`}${keyOf(key)}${json}`;
