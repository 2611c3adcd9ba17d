/** Registers a row of the contract's endpoint table, so that what is served is what clients were promised. */

import type { Endpoint } from '@kubeshark/contract';
import { Problem } from '@kubeshark/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;

interface Call<E extends Endpoint> {
  readonly params: Parsed<E extends { params: infer S } ? S : undefined>;
  readonly query: Parsed<E extends { query: infer S } ? S : undefined>;
  readonly body: Parsed<E extends { body: infer S } ? S : undefined>;
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
    handler: async (request, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      // Validation has turned each part into the schema's output, which Fastify's types cannot know here.
      const { params, query, body } = request as unknown as Call<E>;
      return handler({ params, query, body, request, reply, signal: gone.signal });
    },
  });
}
