/** Turns whatever a handler throws into `{ code, message, requestId, details? }`; what is not expected shows nothing inside. */

import type { ErrorCode, Problem } from '@kubeshark/contract';
import { errorTable } from '@kubeshark/contract';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import plugin from 'fastify-plugin';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { HubError } from '../errors.ts';

/** Errors that Fastify itself raises with a status below 500. */
const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  404: 'KS_NOT_FOUND',
  413: 'KS_TOO_LARGE',
  429: 'KS_RATE_LIMITED',
};

function expected(error: FastifyError | HubError): HubError | undefined {
  if (error instanceof HubError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const details = error.validation.map(({ instancePath, message }) => ({ path: instancePath, message }));
    const [first] = details;
    return new HubError('KS_BAD_REQUEST', `${first?.path.slice(1) ?? ''}: ${first?.message ?? ''}`, { details });
  }
  const status = error.statusCode ?? 500;
  if (status < 500) return new HubError(codeOfStatus[status] ?? 'KS_BAD_REQUEST', error.message);
  return undefined;
}

export const problem = plugin(
  async (app) => {
    const answer = (reply: FastifyReply, request: FastifyRequest, error: HubError) => {
      const body: Problem = {
        code: error.code,
        message: error.message,
        requestId: request.id,
        ...(error.details !== undefined && { details: error.details }),
      };
      // A refused upgrade leaves its socket to nobody.
      if (request.headers.upgrade !== undefined) reply.raw.once('finish', () => request.raw.socket.end());
      return reply.status(error.statusCode || 500).send(body);
    };

    app.setErrorHandler((error: FastifyError, request, reply) => {
      const known = expected(error);
      if (known === undefined) request.log.error({ err: error }, 'request failed');
      else if (known.statusCode >= 500) request.log.warn({ err: known }, 'request failed');
      return answer(reply, request, known ?? new HubError('KS_INTERNAL', errorTable.KS_INTERNAL.meaning));
    });
  },
  { name: 'problem' },
);
