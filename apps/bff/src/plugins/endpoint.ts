/** Registers a row of the contract's endpoint table, so that what is served is what clients were promised. */

import { Readable } from 'node:stream';
import type { Endpoint } from '@kubeshark/contract';
import { Problem } from '@kubeshark/contract';
import type { Store } from '@kubeshark/store';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Access } from '../access/access.ts';

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

interface Call<E extends Endpoint> {
  readonly params: Parsed<E extends { params: infer S } ? S : undefined>;
  readonly query: Parsed<E extends { query: infer S } ? S : undefined>;
  readonly body: Parsed<E extends { body: infer S } ? S : undefined>;
  /** Whose request it is: every read goes through it. */
  readonly access: Access;
  /** What is read: what is captured, or an opened file. Throws `KS_SOURCE_NOT_FOUND`. */
  readonly reading: Store;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Aborted when the client has gone away. */
  readonly signal: AbortSignal;
}

export type Handler<E extends Endpoint> = (call: Call<E>) => Promise<z.input<E['response']>> | z.input<E['response']>;

/** Serves `endpoint` by `handler`; parameters, body and answer are checked by their schemas. */
export function handle<const E extends Endpoint>(
  app: FastifyInstance,
  endpoint: E,
  handler: Handler<NoInfer<E>>,
): void {
  app.route({
    ...routeOf(endpoint),
    handler: async (request, reply) => handler(callOf<E>(request, reply)),
  });
}

/** What a row of the table says to Fastify. */
function routeOf(endpoint: Endpoint) {
  return {
    method: endpoint.method,
    url: endpoint.path,
    config: { audited: endpoint.audited ?? false },
    schema: {
      summary: endpoint.summary,
      tags: [endpoint.path.split('/')[2] ?? ''],
      ...(endpoint.params && { params: endpoint.params }),
      ...(endpoint.query && { querystring: endpoint.query }),
      ...(endpoint.body && { body: endpoint.body }),
      response: { 200: endpoint.response, default: Problem },
    },
    // Before anything is read of what was sent.
    onRequest: async ({ access }: FastifyRequest) => access.require(endpoint.needs ?? 'read'),
  };
}

function callOf<E extends Endpoint>(request: FastifyRequest, reply: FastifyReply): Call<E> {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  // Validation has turned each part into the schema's output, which Fastify's types cannot know here.
  const { params, query, body } = request as unknown as Call<E>;
  const { access } = request;
  return {
    params,
    query,
    body,
    access,
    request,
    reply,
    signal: gone.signal,
    get reading() {
      return request.reading;
    },
  };
}

/** A file on its way: its name and bytes. */
export interface FileAnswer {
  readonly name: string;
  readonly mime: string;
  /** Bytes there will be, when that is known: a download shows its progress by it. */
  readonly size?: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Serves `endpoint` as a file that is made while it is sent. It is cut off, not ended, when making it fails. */
export function handleFile<const E extends Endpoint>(
  app: FastifyInstance,
  endpoint: E,
  handler: (call: Call<NoInfer<E>>) => Promise<FileAnswer> | FileAnswer,
): void {
  app.route({
    ...routeOf(endpoint),
    handler: async (request, reply) => {
      const { name, mime, size, bytes } = await handler(callOf<E>(request, reply));
      void reply.header('content-type', mime);
      // RFC 6266, with a plain name for those that do not read the encoded one.
      const plain = name.replace(/[^\w.-]+/g, '-');
      void reply.header(
        'content-disposition',
        `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`,
      );
      if (size !== undefined) void reply.header('content-length', size);
      return reply.send(Readable.from(bytes, { objectMode: false }));
    },
  });
}
