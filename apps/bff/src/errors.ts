/** Expected failures as one error class; plugins/problem.ts turns them into answers. */

import { type ErrorCode, errorTable } from '@kubeshark/contract';

export class HubError extends Error {
  readonly code: ErrorCode;
  /** HTTP status of the code. */
  readonly statusCode: number;
  readonly details: unknown;

  constructor(
    code: ErrorCode,
    message: string = errorTable[code].meaning,
    options: ErrorOptions & { details?: unknown } = {},
  ) {
    super(message, options);
    this.name = 'HubError';
    this.code = code;
    this.statusCode = errorTable[code].status;
    this.details = options.details;
  }
}
