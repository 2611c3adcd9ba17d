/** Every REST call of the application: one function over the contract's table, answers checked before anyone sees them. */

import { type Endpoint, type EndpointName, type ErrorCode, endpoints, Problem } from '@kubeshark/contract';
import type { z } from 'zod';

type Table = typeof endpoints;
type Part<N extends EndpointName, K extends string> = Table[N] extends {
  readonly [key in K]: infer S extends z.ZodType;
}
  ? z.input<S>
  : undefined;

export type Answer<N extends EndpointName> = z.output<Table[N]['response']>;
type Params<N extends EndpointName> = Part<N, 'params'>;
export type Query<N extends EndpointName> = Part<N, 'query'>;
type RequestBody<N extends EndpointName> = Part<N, 'body'>;

interface CallOptions<N extends EndpointName> {
  readonly params?: Params<N>;
  readonly query?: Query<N>;
  readonly body?: RequestBody<N>;
  readonly signal?: AbortSignal | undefined;
}

/** What components call; tests pass a plain object with the same shape. */
export interface Api {
  call<N extends EndpointName>(name: N, options?: CallOptions<N>): Promise<Answer<N>>;
  /** The same for the contract's other tables, which come with the pages that need them. */
  ask<const E extends Endpoint>(endpoint: E, options?: AskOptions<E>): Promise<z.output<E['response']>>;
}

type Given<E extends Endpoint, K extends string> = E extends { readonly [key in K]: infer S extends z.ZodType }
  ? z.input<S>
  : undefined;

interface AskOptions<E extends Endpoint> {
  readonly params?: Given<E, 'params'>;
  readonly query?: Given<E, 'query'>;
  /** A Blob is sent as it is. */
  readonly body?: Given<E, 'body'> | Blob;
  readonly signal?: AbortSignal | undefined;
}

/** Beside the hub's own codes: nobody answered, or the answer is not what the contract says. */
type FailureCode = ErrorCode | 'UNREACHABLE' | 'NOT_OURS';

/** Why a call failed, in a sentence for people; branch on `code`. */
export class ApiError extends Error {
  readonly code: FailureCode;
  readonly requestId: string | undefined;
  readonly details: unknown;

  constructor(
    code: FailureCode,
    message: string,
    more: { readonly requestId?: string; readonly details?: unknown } = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.requestId = more.requestId;
    this.details = more.details;
  }
}

/** Path this page is served under, without the last slash. */
export const basePath = (): string => new URL(document.baseURI).pathname.replace(/\/$/, '');

/** The path of a call with its parameters and query filled in. */
function addressOf(path: string, params: unknown, query: unknown): string {
  const filled = path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent((params as Readonly<Record<string, string>> | undefined)?.[name] ?? ''),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value));
  }
  return `${basePath()}${filled}${search.size === 0 ? '' : `?${search}`}`;
}

async function send(address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new ApiError('UNREACHABLE', 'The hub does not answer. Is it running, and is the port-forward still open?');
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // A proxy's login or error page: said below with the status.
    return undefined;
  }
}

/** Reads one of the opened files instead of what is captured. */
export function apiOf(source: string | undefined): Api {
  if (source === undefined) return httpApi;
  const looking: Api['ask'] = (endpoint, options = {}) =>
    ask(endpoint, { ...options, query: { ...(options.query as object | undefined), source } as never });
  return {
    call: (name, options) => looking(endpoints[name], options as never) as Promise<Answer<typeof name>>,
    ask: looking,
  };
}

/** The API of the hub that served this page. */
export const httpApi: Api = {
  call: (name, options) => ask(endpoints[name], options) as Promise<Answer<typeof name>>,
  ask,
};

async function ask<const E extends Endpoint>(
  endpoint: E,
  options: AskOptions<E> = {},
): Promise<z.output<E['response']>> {
  const { params, query, body, signal } = options;
  const isFile = body instanceof Blob;
  const response = await send(addressOf(endpoint.path, params, query), {
    method: endpoint.method,
    headers: {
      accept: 'application/json',
      ...(body !== undefined && { 'content-type': isFile ? 'application/octet-stream' : 'application/json' }),
    },
    ...(body !== undefined && { body: isFile ? body : JSON.stringify(body) }),
    signal: signal ?? null,
  });
  const answer = await readJson(response);
  if (!response.ok) {
    const problem = Problem.safeParse(answer);
    if (problem.success) throw new ApiError(problem.data.code, problem.data.message, problem.data);
    throw new ApiError(
      'NOT_OURS',
      `Something between you and the hub answered ${response.status} ${response.statusText}.`,
    );
  }
  const parsed = endpoint.response.safeParse(answer);
  if (!parsed.success) {
    throw new ApiError(
      'NOT_OURS',
      'The hub answered in a form this page does not know; reload it to get the hub’s own version.',
      { details: parsed.error.issues },
    );
  }
  return parsed.data as z.output<E['response']>;
}
