/**
 * An entry as columns and back.
 *
 * Invariant: `restore(flatten(entry))` is the same JSON, whatever the entry holds. A value moves into its column only
 * when the column can give it back exactly; else it stays in `extra`, and what is in `extra` wins.
 */

import type { Entry } from '@kubeshark/model';
import { endpointTexts } from './columns.ts';

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

type Holder = Record<string, unknown>;

/** Bits of the column `repeats`. */
const repeated = { requestMethod: 1, responseStatus: 2, responseLatency: 4 } as const;
const wholeNumber = /^-?\d{1,15}$/;
const noHeaders: HeaderColumn = { keys: [], values: [] };
/** What cannot be in a name: it joins the names in `…_header_names`. */
const NAME_SEPARATOR = '\n';

/**
 * The columns of an entry: of anything, in fact, that has an id, a timestamp and an error flag of the right type.
 * Every key is written out: one shape for all rows makes this several times faster than building them by name.
 */
export function flatten(entry: Entry): EntryColumns {
  const extra: Holder = { ...entry };
  const request = branch(extra, 'request');
  const response = branch(extra, 'response');
  const requestBody = branch(request, 'body');
  const responseBody = branch(response, 'body');
  const repeats =
    dropRepeated(request, 'method', entry.method, repeated.requestMethod) |
    dropRepeated(response, 'status', entry.status, repeated.responseStatus) |
    dropRepeated(response, 'latency', entry.latency, repeated.responseLatency);
  const status = liftStatus(extra);
  const src = liftEndpoint(branch(extra, 'src'));
  const dst = liftEndpoint(branch(extra, 'dst'));
  const requestHeaders = liftHeaders(request);
  const responseHeaders = liftHeaders(response);
  extra['id'] = undefined;
  extra['error'] = undefined;
  return {
    id: entry.id,
    timestamp: liftNumber(extra, 'timestamp') ?? 0,
    node: liftText(extra, 'node'),
    protocol: liftText(extra, 'protocol'),
    protocols: liftList(extra, 'protocols'),
    method: liftText(extra, 'method'),
    endpoint: liftText(extra, 'endpoint'),
    summary: liftText(extra, 'summary'),
    status: status.number,
    status_text: status.text,
    error: entry.error ? 1 : 0,
    error_text: liftText(extra, 'errorText'),
    latency: liftNumber(extra, 'latency'),
    trace_id: liftText(extra, 'traceId'),
    src_ip: src.ip,
    src_name: src.name,
    src_namespace: src.namespace,
    src_pod: src.pod,
    src_service: src.service,
    src_workload: src.workload,
    src_node: src.node,
    src_process: src.process,
    src_dns: src.dns,
    src_port: src.port,
    dst_ip: dst.ip,
    dst_name: dst.name,
    dst_namespace: dst.namespace,
    dst_pod: dst.pod,
    dst_service: dst.service,
    dst_workload: dst.workload,
    dst_node: dst.node,
    dst_process: dst.process,
    dst_dns: dst.dns,
    dst_port: dst.port,
    connection_id: liftText(branch(extra, 'connection'), 'id'),
    request_size: liftNumber(request, 'size'),
    request_path: liftText(request, 'path'),
    request_headers: requestHeaders.column,
    request_header_names: requestHeaders.names,
    request_body: liftText(requestBody, 'text'),
    request_body_base64: liftText(requestBody, 'base64'),
    response_size: liftNumber(response, 'size'),
    response_headers: responseHeaders.column,
    response_header_names: responseHeaders.names,
    response_body: liftText(responseBody, 'text'),
    response_body_base64: liftText(responseBody, 'base64'),
    repeats,
    // Last: everything above has taken its value out of it.
    extra: JSON.stringify(extra),
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

const isHolder = (value: unknown): value is Holder =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy of the object at `key`, put in its place, so that taking values out of it leaves the entry as it was. */
function branch(holder: Holder | undefined, key: string): Holder | undefined {
  const value = holder?.[key];
  if (holder === undefined || !isHolder(value)) return undefined;
  const copy = { ...value };
  holder[key] = copy;
  return copy;
}

/** Takes the value at `key` out when it is text that UTF-8 can hold. Setting undefined leaves it out of the JSON. */
function liftText(holder: Holder | undefined, key: string): string {
  const value = holder?.[key];
  if (holder === undefined || typeof value !== 'string') return '';
  if (!value.isWellFormed()) return value.toWellFormed();
  if (value !== '') holder[key] = undefined;
  return value;
}

function liftNumber(holder: Holder | undefined, key: string): number | null {
  const value = holder?.[key];
  if (holder === undefined || typeof value !== 'number' || !Number.isFinite(value)) return null;
  holder[key] = undefined;
  return value;
}

function liftList(holder: Holder, key: string): readonly string[] {
  const value = holder[key];
  if (!Array.isArray(value)) return [];
  const texts = value.filter((item): item is string => typeof item === 'string' && item.isWellFormed());
  if (texts.length === value.length && texts.length > 0) holder[key] = undefined;
  return texts;
}

function liftStatus(holder: Holder): { readonly number: number | null; readonly text: string } {
  const status = holder['status'];
  if (typeof status !== 'string') return { number: liftNumber(holder, 'status'), text: '' };
  return { number: wholeNumber.test(status) ? Number(status) : null, text: liftText(holder, 'status') };
}

function liftEndpoint(holder: Holder | undefined) {
  const port = holder?.['port'];
  const fits = typeof port === 'number' && Number.isInteger(port) && port > 0 && port <= 0xffff;
  if (fits && holder !== undefined) holder['port'] = undefined;
  return {
    ip: liftText(holder, 'ip'),
    name: liftText(holder, 'name'),
    namespace: liftText(holder, 'namespace'),
    pod: liftText(holder, 'pod'),
    service: liftText(holder, 'service'),
    workload: liftText(holder, 'workload'),
    node: liftText(holder, 'node'),
    process: liftText(holder, 'process'),
    dns: liftText(holder, 'dns'),
    port: fits ? port : 0,
  };
}

function dropRepeated(holder: Holder | undefined, key: string, value: unknown, bit: number): number {
  if (holder === undefined || value === null || value === undefined || holder[key] !== value) return 0;
  holder[key] = undefined;
  return bit;
}

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

/** Headers as columns; they stay in `extra` as well when the columns could not give them back. */
function liftHeaders(message: Holder | undefined): { readonly column: HeaderColumn; readonly names: string } {
  const headers = message?.['headers'];
  if (message === undefined || !isHolder(headers)) return { column: noHeaders, names: '' };
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
  if (isExact && keys.length > 0) message['headers'] = undefined;
  return { column: { keys, values }, names: isExact ? spelled.join(NAME_SEPARATOR) : '' };
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
