/**
 * An entry as columns and back.
 *
 * Invariant: `restore(flatten(entry))` is the same JSON, whatever the entry holds. A value moves into its column only
 * when the column can give it back exactly; else it stays in `extra`, and what is in `extra` wins.
 */

import type { Entry } from '@kubeshark/model';
import { endpointTexts } from './columns.ts';
import { type Holder, isHolder, isNumber, isPort, isTextList, repeated, restOf } from './rest.ts';

/** A header map: names in lower case and values, in order, repeated names included. */
export interface HeaderColumn {
  readonly keys: readonly string[];
  readonly values: readonly string[];
}

type EndpointColumns<Side extends 'src' | 'dst'> = {
  [Text in (typeof endpointTexts)[number] as `${Side}_${Text}`]: string;
} & { [Port in `${Side}_port`]: number };

/** One value for each column that comes from the entry. Empty text, 0 and null stand for "not there". */
export interface EntryColumns extends EndpointColumns<'src'>, EndpointColumns<'dst'> {
  id: string;
  timestamp: number;
  node: string;
  protocol: string;
  protocols: readonly string[];
  method: string;
  endpoint: string;
  summary: string;
  status: number | null;
  status_text: string;
  error: number;
  error_text: string;
  latency: number | null;
  trace_id: string;
  connection_id: string;
  request_size: number | null;
  request_path: string;
  request_headers: HeaderColumn;
  request_header_names: string;
  request_body: string;
  request_body_base64: string;
  response_size: number | null;
  response_headers: HeaderColumn;
  response_header_names: string;
  response_body: string;
  response_body_base64: string;
  repeats: number;
  extra: string;
}

const wholeNumber = /^-?\d{1,15}$/;
const noHeaders: Headers = { column: { keys: [], values: [] }, names: '', isExact: false };
/** What cannot be in a name: it joins the names in `…_header_names`. */
const NAME_SEPARATOR = '\n';

/**
 * The columns of an entry: of anything, in fact, that has an id, a timestamp and an error flag of the right type.
 * Every key is written out: one shape for all rows makes this several times faster than building them by name.
 */
export function flatten(entry: Entry): EntryColumns {
  // It came from the wire, where any key may hold anything.
  const fields: Holder = entry as object as Holder;
  const request = holderOf(fields['request']);
  const response = holderOf(fields['response']);
  const src = holderOf(fields['src']);
  const dst = holderOf(fields['dst']);
  const requestBody = holderOf(request['body']);
  const responseBody = holderOf(response['body']);
  const requestHeaders = headersOf(request['headers']);
  const responseHeaders = headersOf(response['headers']);
  const repeats =
    bitOf(request['method'], fields['method'], repeated.requestMethod) |
    bitOf(response['status'], fields['status'], repeated.responseStatus) |
    bitOf(response['latency'], fields['latency'], repeated.responseLatency);
  return {
    id: entry.id,
    timestamp: numberOf(fields['timestamp']) ?? 0,
    node: textOf(fields['node']),
    protocol: textOf(fields['protocol']),
    protocols: listOf(fields['protocols']),
    method: textOf(fields['method']),
    endpoint: textOf(fields['endpoint']),
    summary: textOf(fields['summary']),
    status: statusOf(fields['status']),
    status_text: textOf(fields['status']),
    error: entry.error ? 1 : 0,
    error_text: textOf(fields['errorText']),
    latency: numberOf(fields['latency']),
    trace_id: textOf(fields['traceId']),
    src_ip: textOf(src['ip']),
    src_name: textOf(src['name']),
    src_namespace: textOf(src['namespace']),
    src_pod: textOf(src['pod']),
    src_service: textOf(src['service']),
    src_workload: textOf(src['workload']),
    src_node: textOf(src['node']),
    src_process: textOf(src['process']),
    src_dns: textOf(src['dns']),
    src_port: isPort(src['port']) ? src['port'] : 0,
    dst_ip: textOf(dst['ip']),
    dst_name: textOf(dst['name']),
    dst_namespace: textOf(dst['namespace']),
    dst_pod: textOf(dst['pod']),
    dst_service: textOf(dst['service']),
    dst_workload: textOf(dst['workload']),
    dst_node: textOf(dst['node']),
    dst_process: textOf(dst['process']),
    dst_dns: textOf(dst['dns']),
    dst_port: isPort(dst['port']) ? dst['port'] : 0,
    connection_id: textOf(holderOf(fields['connection'])['id']),
    request_size: numberOf(request['size']),
    request_path: textOf(request['path']),
    request_headers: requestHeaders.column,
    request_header_names: requestHeaders.names,
    request_body: textOf(requestBody['text']),
    request_body_base64: textOf(requestBody['base64']),
    response_size: numberOf(response['size']),
    response_headers: responseHeaders.column,
    response_header_names: responseHeaders.names,
    response_body: textOf(responseBody['text']),
    response_body_base64: textOf(responseBody['base64']),
    repeats,
    extra: restOf(fields, {
      repeats,
      requestHeaders: requestHeaders.isExact,
      responseHeaders: responseHeaders.isExact,
    }),
  };
}

/** The entry that `flatten` was given. */
export function restore(columns: EntryColumns): Entry {
  const extra = JSON.parse(columns.extra) as Holder;
  const request = child(extra, 'request');
  const response = child(extra, 'response');
  put(extra, 'id', columns.id);
  put(extra, 'timestamp', columns.timestamp);
  putText(extra, 'node', columns.node);
  putText(extra, 'protocol', columns.protocol);
  putList(extra, 'protocols', columns.protocols);
  putText(extra, 'method', columns.method);
  putText(extra, 'endpoint', columns.endpoint);
  putText(extra, 'summary', columns.summary);
  if (columns.status_text !== '') put(extra, 'status', columns.status_text);
  else put(extra, 'status', columns.status);
  put(extra, 'error', columns.error === 1);
  putText(extra, 'errorText', columns.error_text);
  put(extra, 'latency', columns.latency);
  putText(extra, 'traceId', columns.trace_id);
  putEndpoint(child(extra, 'src'), columns, 'src');
  putEndpoint(child(extra, 'dst'), columns, 'dst');
  putText(child(extra, 'connection'), 'id', columns.connection_id);
  put(request, 'size', columns.request_size);
  putText(request, 'path', columns.request_path);
  putHeaders(request, columns.request_headers, columns.request_header_names);
  putBody(request, columns.request_body, columns.request_body_base64);
  put(response, 'size', columns.response_size);
  putHeaders(response, columns.response_headers, columns.response_header_names);
  putBody(response, columns.response_body, columns.response_body_base64);
  if (columns.repeats & repeated.requestMethod) put(request, 'method', extra['method']);
  if (columns.repeats & repeated.responseStatus) put(response, 'status', extra['status']);
  if (columns.repeats & repeated.responseLatency) put(response, 'latency', extra['latency']);
  return extra as unknown as Entry;
}

const nothing: Holder = {};
const holderOf = (value: unknown): Holder => (isHolder(value) ? value : nothing);

function textOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value.isWellFormed() ? value : value.toWellFormed();
}

const numberOf = (value: unknown): number | null => (isNumber(value) ? value : null);

function listOf(value: unknown): readonly string[] {
  if (isTextList(value)) return value;
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is string => typeof item === 'string' && item.isWellFormed());
}

function statusOf(status: unknown): number | null {
  if (typeof status !== 'string') return numberOf(status);
  return wholeNumber.test(status) ? Number(status) : null;
}

const bitOf = (inner: unknown, own: unknown, bit: number): number =>
  own !== null && own !== undefined && inner === own ? bit : 0;

interface HeaderName {
  readonly key: string;
  /** It can be told from what is written in `…_header_names`. */
  readonly isPlain: boolean;
}
/** The same few names come with every message; what is made of them is kept, of so many. */
const MAX_NAMES = 2_000;
const knownNames = new Map<string, HeaderName>();

function nameOf(name: string): HeaderName {
  const known = knownNames.get(name);
  if (known !== undefined) return known;
  const isPlain = name !== '' && !name.includes(NAME_SEPARATOR) && name.isWellFormed();
  const made = { key: name.toLowerCase(), isPlain };
  // Names are the wire's: somebody may make up new ones all the time.
  if (knownNames.size >= MAX_NAMES) knownNames.clear();
  knownNames.set(name, made);
  return made;
}

interface Headers {
  readonly column: HeaderColumn;
  readonly names: string;
  /** The columns give them back; else they stay in `extra` as well. */
  readonly isExact: boolean;
}

function headersOf(headers: unknown): Headers {
  if (!isHolder(headers)) return noHeaders;
  const spelled: string[] = [];
  const keys: string[] = [];
  const values: string[] = [];
  let isExact = true;
  for (const name in headers) {
    const value = headers[name];
    const { key, isPlain } = nameOf(name);
    if (!isPlain) isExact = false;
    if (typeof value === 'string') {
      if (!value.isWellFormed()) isExact = false;
      spelled.push(name);
      keys.push(key);
      values.push(value);
      continue;
    }
    const list = Array.isArray(value) ? value : [value];
    // A list of one would come back as a text, an empty one not at all.
    if (Array.isArray(value) && value.length < 2) isExact = false;
    for (const item of list) {
      if (typeof item !== 'string' || !item.isWellFormed()) isExact = false;
      if (typeof item !== 'string') continue;
      spelled.push(name);
      keys.push(key);
      values.push(item);
    }
  }
  if (keys.length === 0) isExact = false;
  return { column: { keys, values }, names: isExact ? spelled.join(NAME_SEPARATOR) : '', isExact };
}

/** The object at `key` of what was read from `extra`; a spare one when it is not an object there, or not there. */
function child(holder: Holder, key: string): Holder | undefined {
  const value = holder[key];
  return isHolder(value) ? value : undefined;
}

function put(holder: Holder | undefined, key: string, value: unknown): void {
  if (holder !== undefined && value !== null && !Object.hasOwn(holder, key)) holder[key] = value;
}

function putText(holder: Holder | undefined, key: string, value: string): void {
  if (value !== '') put(holder, key, value);
}

function putList(holder: Holder, key: string, value: readonly string[]): void {
  if (value.length > 0) put(holder, key, value);
}

function putEndpoint(holder: Holder | undefined, columns: EntryColumns, side: 'src' | 'dst'): void {
  for (const text of endpointTexts) putText(holder, text, columns[`${side}_${text}`]);
  if (columns[`${side}_port`] !== 0) put(holder, 'port', columns[`${side}_port`]);
}

function putBody(message: Holder | undefined, text: string, base64: string): void {
  const body = message && child(message, 'body');
  putText(body, 'text', text);
  putText(body, 'base64', base64);
}

function putHeaders(message: Holder | undefined, { values }: HeaderColumn, names: string): void {
  if (message === undefined || names === '' || Object.hasOwn(message, 'headers')) return;
  const headers = new Map<string, string | string[]>();
  for (const [index, name] of names.split(NAME_SEPARATOR).entries()) {
    const value = values[index] ?? '';
    const before = headers.get(name);
    if (before === undefined) headers.set(name, value);
    else if (typeof before === 'string') headers.set(name, [before, value]);
    else before.push(value);
  }
  // Not by assignment: a header may be called __proto__.
  message['headers'] = Object.fromEntries(headers);
}
