/** Turns whatever a handler throws into `{ code, message, requestId, details? }`; what is not expected shows nothing inside. */

import type { ErrorCode, Problem } from '@kubeshark/contract';
import { errorTable } from '@kubeshark/contract';
import { StoreError, type StoreErrorCode } from '@kubeshark/store';
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

/** What a reader is told of a store in trouble; whatever else it throws is a bug of ours. */
const codeOfStore: Partial<Record<StoreErrorCode, ErrorCode>> = {
  timeout: 'KS_QUERY_TIMEOUT',
  memory: 'KS_QUERY_LIMIT',
  rows: 'KS_QUERY_TOO_WIDE',
  busy: 'KS_STORE_UNAVAILABLE',
  unavailable: 'KS_STORE_UNAVAILABLE',
  'engine-gone': 'KS_STORE_UNAVAILABLE',
  'disk-full': 'KS_STORE_UNAVAILABLE',
  // The client has gone away; nobody reads the answer.
  cancelled: 'KS_STOPPING',
  closed: 'KS_STOPPING',
};

function expected(error: FastifyError | HubError | StoreError): HubError | undefined {
  if (error instanceof HubError) return error;
  if (error instanceof StoreError) {
    const code = codeOfStore[error.code];
    return code === undefined ? undefined : new HubError(code, errorTable[code].meaning, { cause: error });
  }
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
