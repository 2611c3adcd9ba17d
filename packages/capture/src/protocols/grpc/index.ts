/** gRPC and gRPC-Web inside HTTP calls. */

import { Remembered } from '../../decode/remembered.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import type { HttpExchange } from '../../http/exchange.ts';
import { UNKNOWN } from '../../http/fields.ts';
import type { HttpMessage } from '../../http/message.ts';
import type { HttpRefiner, Refinement, WrittenRefinement } from '../../http/refiner.ts';
import { type Framing, type Messages, readMessages } from './messages.ts';
import { codeAmong, decodeMessage, statusName, timeoutMillis } from './status.ts';
import { errorTextOf, WrittenGrpc } from './written.ts';

const nothing: Messages = { list: [], count: 0, trailers: new Map() };
/** Filled for each call that is written. */
const written = new WrittenGrpc();
const isGrpc = (mime: string): boolean => mime.startsWith('application/grpc');

/**
 * On an HTTP/2 connection joined in its middle the content type may be among the fields nobody can know. A POST to
 * `/package.Service/Method` whose body is one whole length-prefixed message is gRPC all the same.
 */
function looksLikeGrpc({ request }: HttpExchange): boolean {
  if (request === null || request.head.version !== '2' || request.head.method !== 'POST') return false;
  if (request.head.fields().first('content-type') !== undefined || !/^\/[\w.]+\.\w+\/\w+$/.test(request.head.target))
    return false;
  const body = request.rawBody();
  return body.length >= 5 && (body[0] ?? 2) <= 1 && Buffer.from(body).readUInt32BE(1) === body.length - 5;
}

/** The messages of one half; gRPC-Web's text form is base64 of the same. */
function messagesOf(message: HttpMessage | null): Messages {
  if (message === null) return nothing;
  const mime = message.head.mime();
  const raw = message.rawBody();
  const body = mime.startsWith('application/grpc-web-text')
    ? Buffer.from(Buffer.from(raw).toString('latin1'), 'base64')
    : raw;
  return readMessages(body, framingOf(message));
}

/** Media types of gRPC and the statuses it ends with are few, and asked for of every call; full, the memory starts afresh. */
const FEW = { texts: 64, characters: 64 };
/** `application/grpc+json` has other messages than Protocol Buffers. */
const protobufTypes = new Remembered((mime) => !/\+(?!proto)/.test(mime), FEW);
const statuses = new Remembered((text) => (/^\d{1,3}$/.test(text) ? Number(text) : null), FEW);

const framingOf = (message: HttpMessage): Framing => ({
  encoding: message.head.fields().first('grpc-encoding') ?? 'identity',
  isProtobuf: protobufTypes.of(message.head.mime()),
});

/** What a path calls. */
interface Route {
  readonly service: string;
  readonly method: string;
  /** `shop.v1.Orders/Get`; empty where the path is none of gRPC's. */
  readonly endpoint: string;
  readonly group: CallGroup;
}

/** Paths are as many as there are methods; full, the memory starts afresh. */
const MAX_ROUTES = 1024;
const routes = new Map<string, Route>();

function routeOf(target: string): Route {
  let route = routes.get(target);
  if (route === undefined) {
    const [, service = '', method = ''] = /^\/(.+)\/([^/?]+)/.exec(target) ?? [];
    const endpoint = service === '' ? '' : `${service}/${method}`;
    route = { service, method, endpoint, group: new CallGroup(endpoint) };
    if (routes.size >= MAX_ROUTES) routes.clear();
    routes.set(target, route);
  }
  return route;
}

const NO_FRAMING: Framing = { encoding: 'identity', isProtobuf: true };

/** Carried by HTTP/1: then it is gRPC-Web, or has a reason phrase. */
const isOld = (message: HttpMessage | null): boolean =>
  message !== null && (message.head.version !== '2' || message.head.mime().startsWith('application/grpc-web'));

/** Values of trailers whose names came before the capture began. */
const nameless = (message: HttpMessage | null): readonly string[] =>
  [message?.trailers?.toHeaders()[UNKNOWN] ?? []].flat();

class GrpcRefinement implements Refinement {
  readonly protocol = 'grpc';
  readonly #call: HttpExchange;
  readonly #route: Route;
  readonly status: number | null;

  constructor(call: HttpExchange) {
    this.#call = call;
    this.#route = routeOf(call.request?.head.target ?? '');
    const text = this.#trailer('grpc-status') ?? codeAmong(nameless(call.response));
    this.status = text === undefined ? null : statuses.of(text);
  }

  /** In the trailers, or among the headers when there was nothing else to send. */
  #trailer(name: string): string | undefined {
    const { response } = this.#call;
    if (response === null) return undefined;
    const found = response.trailers?.first(name) ?? response.head.fields().first(name);
    return (
      found ??
      (response.head.mime().startsWith('application/grpc-web') ? messagesOf(response).trailers.get(name) : undefined)
    );
  }

  get error(): boolean {
    return (this.status ?? 0) !== 0;
  }
  endpoint(): string {
    return this.#route.endpoint === '' ? this.#call.plainEndpoint : this.#route.endpoint;
  }

  group(): CallGroup | null {
    return this.#route.endpoint === '' ? null : this.#route.group;
  }

  /** Null for gRPC-Web, which has its status elsewhere. */
  written(): WrittenRefinement | null {
    const { request, response } = this.#call;
    const { service, method, endpoint } = this.#route;
    if (method === '' || request === null || isOld(request) || isOld(response)) return null;
    return written.of(this.#call, {
      service,
      method,
      endpoint,
      status: this.status,
      message: this.#trailer('grpc-message'),
      request: framingOf(request),
      response: response === null ? NO_FRAMING : framingOf(response),
    });
  }

  describe(): ReturnType<Refinement['describe']> {
    const { request, response } = this.#call;
    const { status } = this;
    const { service, method } = this.#route;
    const sent = messagesOf(request);
    const received = messagesOf(response);
    const text = this.#trailer('grpc-message');
    const message = text === undefined ? undefined : decodeMessage(text);
    const timeout = timeoutMillis(request?.head.fields().first('grpc-timeout'));
    return {
      ...(method !== '' && { method }),
      summary: this.endpoint(),
      ...(status !== null && status !== 0 && { errorText: errorTextOf(status, text) }),
      request: {
        service,
        method,
        messages: sent.list,
        messageCount: sent.count,
        ...(timeout !== undefined && { timeout }),
      },
      response: {
        ...(status !== null && { status, statusText: statusName(status) }),
        ...(response !== null && { httpStatus: response.head.status }),
        ...(message !== undefined && { message }),
        messages: received.list,
        messageCount: received.count,
      },
    };
  }
}

export const grpc: HttpRefiner = {
  id: 'grpc',
  reads: ({ carrier, request, response }) =>
    isGrpc(request) || isGrpc(response) || (carrier === 'http2' && request === ''),
  refine(call) {
    const { request, response } = call;
    const isDeclared = isGrpc(request?.head.mime() ?? '') || isGrpc(response?.head.mime() ?? '');
    return isDeclared || looksLikeGrpc(call) ? new GrpcRefinement(call) : null;
  },
};
