/** An HTTP call as people see it. */

import type { Request, Response } from '@kubeshark/model';
import { traceIdOf } from '../decode/trace.ts';
import type { Description } from '../dissect/dissector.ts';
import { sentCookies, setCookies } from './cookies.ts';
import type { HttpExchange } from './exchange.ts';
import type { HttpFields } from './fields.ts';
import type { HttpMessage, RequestHead, ResponseHead } from './message.ts';
import { parseQuery, parseTarget } from './target.ts';

/** Everything but the protocols, which the call knows. `limit`: body bytes shown of each half. */
export function describeHttp(call: HttpExchange, limit: number): Omit<Description, 'protocols'> {
  const { request, response } = call;
  const traceId = request === null ? undefined : traceIdOf(request.head.fields());
  const errorText = errorTextOf(call);
  return {
    method: request?.head.method ?? '',
    endpoint: call.plainEndpoint,
    summary: request === null ? call.plainEndpoint : `${request.head.method} ${request.head.target}`,
    ...(errorText !== undefined && { errorText }),
    request: request && describeRequest(request, limit),
    response: response && describeResponse(call, response, limit),
    ...(traceId !== undefined && { traceId }),
    ...(call.data !== null && { data: call.data }),
  };
}

export function errorTextOf({ failure, response }: HttpExchange): string | undefined {
  if (failure !== '') return failure;
  if (response === null || response.head.status < 400) return undefined;
  return `HTTP ${response.head.status} ${response.head.reason}`.trim();
}

function describeRequest(message: HttpMessage<RequestHead>, limit: number): Request {
  const { head } = message;
  const target = parseTarget(head.target);
  const authority = target.authority ?? head.authority();
  const scheme = target.scheme ?? head.scheme;
  const cookies = sentCookies(head.fields());
  const isPath = target.path.startsWith('/');
  const origin = authority === '' || !isPath ? '' : `${scheme}://${authority}`;
  return {
    size: message.size,
    method: head.method,
    path: target.path,
    url: `${origin}${target.path}${target.search === undefined ? '' : `?${target.search}`}`,
    ...(target.search !== undefined && { query: parseQuery(target.search) }),
    ...(authority !== '' && { host: hostOf(authority) }),
    httpVersion: head.version,
    ...commonParts(message, limit),
    ...(cookies !== undefined && { cookies }),
  };
}

function describeResponse(call: HttpExchange, message: HttpMessage<ResponseHead>, limit: number): Response {
  const { head } = message;
  const cookies = setCookies(head.fields());
  const interim = call.interim?.map(({ head: { status } }) => status);
  return {
    size: message.size,
    status: head.status,
    ...(head.reason !== '' && { statusText: head.reason }),
    httpVersion: head.version,
    ...commonParts(message, limit),
    ...(cookies !== undefined && { cookies }),
    ...(interim !== undefined && { interim }),
  };
}

function commonParts(message: HttpMessage, limit: number): Pick<Request, 'headers' | 'body'> & { trailers?: unknown } {
  const body = message.body(limit);
  return {
    headers: message.head.fields().toHeaders(),
    ...(body !== undefined && { body }),
    ...(hasLines(message.trailers) && { trailers: message.trailers.toHeaders() }),
  };
}

function hasLines(fields: HttpFields | null): fields is HttpFields {
  return fields !== null && fields.size > 0;
}

/** The host of an authority, without user and port; an IPv6 address without its brackets. */
export function hostOf(authority: string): string {
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  return /^\[(.*)\]/.exec(host)?.[1] ?? host.replace(/:\d*$/, '');
}
