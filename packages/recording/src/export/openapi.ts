/** What HTTP calls say about an API, as an OpenAPI 3.1 document: paths, parameters, bodies and answers that were seen. */

import type { Body, Entry } from '@kubeshark/model';
import { urlOf } from './curl.ts';
import { headerOf, httpMethodOf, httpStatusOf, isHttp } from './headers.ts';
import { type JsonShape, newShape, observe, schemaOf } from './json-shape.ts';

/** Operations described; a scanner asks for more paths than an API has. */
const MAX_OPERATIONS = 2_000;
const MAX_SERVERS = 50;
const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);

interface Content {
  readonly byMime: Map<string, JsonShape>;
}

interface Operation {
  readonly path: string;
  readonly method: string;
  readonly query: Map<string, JsonShape>;
  calls: number;
  readonly request: Content;
  readonly responses: Map<number, Content & { text: string }>;
}

export class OpenApiDocument {
  readonly #operations = new Map<string, Operation>();
  readonly #servers = new Set<string>();
  /** Calls that are in no operation. */
  left = 0;

  add(entry: Entry): void {
    const method = httpMethodOf(entry).toLowerCase();
    const path = pathOf(entry);
    const key = `${method} ${path}`;
    const known = this.#operations.get(key);
    if (!isHttp(entry) || !methods.has(method) || (known === undefined && this.#operations.size >= MAX_OPERATIONS)) {
      this.left++;
      return;
    }
    const operation = known ?? {
      path,
      method,
      query: new Map(),
      calls: 0,
      request: { byMime: new Map() },
      responses: new Map(),
    };
    this.#operations.set(key, operation);
    this.#describe(operation, entry);
  }

  toJson(): string {
    const paths: Record<string, Record<string, unknown>> = {};
    const sorted = [...this.#operations.values()].toSorted((a, b) => a.path.localeCompare(b.path));
    for (const operation of sorted) {
      paths[operation.path] ??= {};
      Object.assign(paths[operation.path] ?? {}, { [operation.method]: describe(operation) });
    }
    const document = {
      openapi: '3.1.0',
      info: { title: 'Recorded API', version: '0', description: 'Made by Kubeshark from the calls it saw.' },
      servers: [...this.#servers].toSorted().map((url) => ({ url })),
      paths,
    };
    return `${JSON.stringify(document, null, 2)}\n`;
  }

  #describe(operation: Operation, entry: Entry): void {
    operation.calls++;
    const url = URL.parse(urlOf(entry));
    if (url !== null && this.#servers.size < MAX_SERVERS) this.#servers.add(url.origin);
    for (const [name, value] of url?.searchParams ?? []) {
      const shape = operation.query.get(name) ?? newShape();
      operation.query.set(name, shape);
      observe(shape, /^-?\d{1,15}$/.test(value) ? Number(value) : value);
    }
    observeBody(operation.request, entry.request?.body, headerOf(entry.request?.headers, 'content-type'));
    const status = httpStatusOf(entry);
    if (status === null) return;
    const text = entry.response?.['statusText'];
    const response = operation.responses.get(status) ?? {
      byMime: new Map(),
      text: typeof text === 'string' && text !== '' ? text : `Status ${status}`,
    };
    operation.responses.set(status, response);
    observeBody(response, entry.response?.body, headerOf(entry.response?.headers, 'content-type'));
  }
}

/** `GET /users/{id}` as entries group calls, its variable parts named. */
function pathOf({ endpoint, request }: Entry): string {
  const templated = /^[A-Z]+ (\/\S*)$/.exec(endpoint)?.[1] ?? request?.path ?? '/';
  return templated.startsWith('/') ? templated : '/';
}

function observeBody({ byMime }: Content, body: Body | undefined, contentType: string | undefined): void {
  if (body === undefined || body.size === 0) return;
  const mime = body.mime ?? contentType?.split(';')[0]?.trim() ?? 'application/octet-stream';
  const shape = byMime.get(mime) ?? newShape();
  byMime.set(mime, shape);
  if (!/[/+]json$/.test(mime) || body.text === undefined || body.truncated === true) return;
  try {
    observe(shape, JSON.parse(body.text));
  } catch {
    // It says JSON and is none: the media type alone is described.
  }
}

const contentOf = ({ byMime }: Content) =>
  byMime.size === 0
    ? {}
    : { content: Object.fromEntries([...byMime].map(([mime, shape]) => [mime, { schema: schemaOf(shape) }])) };

function describe({ path, method, query, calls, request, responses }: Operation) {
  const named = new Map<string, number>();
  const parameters = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = 'id']) => {
    named.set(name, (named.get(name) ?? 0) + 1);
    return { name, in: 'path', required: true, schema: { type: 'string' } };
  });
  const asked = [...query].map(([name, shape]) => ({ name, in: 'query', schema: schemaOf(shape) }));
  const statuses = [...responses].toSorted(([a], [b]) => a - b);
  return {
    operationId: `${method}${path.replace(/[^A-Za-z0-9]+/g, '_')}`,
    summary: `Seen ${calls} times`,
    ...(parameters.length + asked.length > 0 && { parameters: [...unique(parameters), ...asked] }),
    ...(request.byMime.size > 0 && { requestBody: contentOf(request) }),
    responses: Object.fromEntries(
      statuses.map(([status, response]) => [String(status), { description: response.text, ...contentOf(response) }]),
    ),
  };
}

/** A path may hold `{id}` twice; a document may name a parameter once. */
const unique = <T extends { readonly name: string }>(parameters: readonly T[]): T[] => [
  ...new Map(parameters.map((parameter) => [parameter.name, parameter])).values(),
];
