/** Finds GraphQL requests in HTTP calls (https://graphql.github.io/graphql-over-http/draft/): GET, POST, batches. */

import type { JsonValue } from '@kubeshark/model';
import { readEvents } from '../../decode/event-stream.ts';
import { parseJson } from '../../decode/json.ts';
import type { HttpExchange } from '../../http/exchange.ts';
import type { RequestSight } from '../../http/refiner.ts';
import { parseQuery, parseTarget } from '../../http/target.ts';

export interface GraphqlRequest {
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: JsonValue | undefined;
  /** Hash of a persisted query, sent instead of its text. */
  readonly persisted: string | undefined;
}

/** A GraphQL document begins like this; other JSON with a `query` member (search APIs) rarely does. */
const documentStart = /^(?:\s|,|\ufeff|#[^\n]*\n)*(?:query|mutation|subscription|fragment|\{)/;
/** One of these is in the query of every request by GET. */
const PARAMETERS: readonly string[] = ['query', 'extensions'];
/** One of these is in every body of JSON. */
const MEMBERS: readonly string[] = ['query', 'persistedQuery'];
/** Requests read of one batch. */
const MAX_BATCH = 50;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const stringOr = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** One request out of JSON; undefined when it is none. */
export function requestOf(value: unknown): GraphqlRequest | undefined {
  if (!isObject(value)) return undefined;
  const { query, operationName, variables, extensions } = value;
  const persistedQuery = isObject(extensions) ? extensions['persistedQuery'] : undefined;
  const persisted = isObject(persistedQuery) ? stringOr(persistedQuery['sha256Hash']) : undefined;
  const isDocument = typeof query === 'string' && documentStart.test(query);
  if (!isDocument && persisted === undefined) return undefined;
  return {
    query: isDocument ? query : undefined,
    operationName: stringOr(operationName),
    variables: (variables ?? undefined) as JsonValue | undefined,
    persisted,
  };
}

const DOCUMENT = 'application/graphql';
const FORM = 'multipart/form-data';
const JSON_TYPES: readonly string[] = ['application/json', 'application/graphql+json'];

/** Whether a call with this media type may carry a request; those by GET have none. */
export function mayCarryRequest(mime: string): boolean {
  return mime === '' || mime === DOCUMENT || mime === FORM || JSON_TYPES.includes(mime);
}

/** False for what `requestsOf` finds nothing in, told by what can be seen without making anything. */
export function mayBeRequest(request: RequestSight): boolean {
  if (request.method === 'GET') return request.hasParameter(PARAMETERS);
  if (request.method !== 'POST') return false;
  return !JSON_TYPES.includes(request.mime) || request.mayHave(MEMBERS);
}

/** The requests of a call, more than one in a batch; empty when it is not GraphQL. */
export function requestsOf(call: HttpExchange): readonly GraphqlRequest[] {
  const { request } = call;
  if (request === null) return [];
  const { method } = request.head;
  if (method === 'GET') {
    // Cheap first: every GET comes by here.
    if (!request.head.hasParameter(PARAMETERS)) return [];
    const { search = '' } = parseTarget(request.head.target);
    const { query, operationName, variables, extensions } = parseQuery(search);
    const found = requestOf({
      query,
      operationName,
      variables: typeof variables === 'string' ? parseJson(variables) : undefined,
      extensions: typeof extensions === 'string' ? parseJson(extensions) : undefined,
    });
    return found === undefined ? [] : [found];
  }
  if (method !== 'POST') return [];
  const mime = request.head.mime();
  if (mime === DOCUMENT) {
    const found = requestOf({ query: request.text() });
    return found === undefined ? [] : [found];
  }
  if (mime === FORM) return multipartRequests(request.text());
  if (!JSON_TYPES.includes(mime)) return [];
  // Cheap first: without one of these words no JSON body is a GraphQL request.
  const text = request.text();
  if (text === null || !/"(?:query|persistedQuery)"/.test(text)) return [];
  return fromJson(parseJson(text));
}

function fromJson(value: unknown): readonly GraphqlRequest[] {
  const list: readonly unknown[] = Array.isArray(value) ? value.slice(0, MAX_BATCH) : [value];
  return list.map(requestOf).filter((request) => request !== undefined);
}

/** The `operations` part of an upload (https://github.com/jaydenseric/graphql-multipart-request-spec). */
function multipartRequests(text: string | null): readonly GraphqlRequest[] {
  const part = /name="operations"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n([^\r\n]*)/.exec(text ?? '');
  return part === null ? [] : fromJson(parseJson(part[1] ?? ''));
}

/** Results of a subscription by events: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md */
export function resultsOf(text: string | null): readonly JsonValue[] {
  const next = readEvents(text ?? '').events.filter(({ type }) => type === 'next');
  return next.map(({ data }) => (parseJson(data) ?? data) as JsonValue);
}

/** `errors` of a response, of all members of a batch; empty when there are none. */
export function errorsOf(text: string | null): readonly JsonValue[] {
  if (text === null || !text.includes('"errors"')) return [];
  const value = parseJson(text);
  return errorsIn(Array.isArray(value) ? (value as JsonValue[]) : [value as JsonValue]);
}

/** `errors` of several results. */
export function errorsIn(results: readonly JsonValue[]): readonly JsonValue[] {
  return results.flatMap((member) =>
    isObject(member) && Array.isArray(member['errors']) ? (member['errors'] as JsonValue[]) : [],
  );
}
