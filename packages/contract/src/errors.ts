/** Every error code the product shows, in one table: the hub throws them, clients branch on them, docs/errors.md explains them. */

import { z } from 'zod';

interface ErrorRow {
  /** HTTP status; 0 for codes that only travel on the live stream or the agent link. */
  readonly status: number;
  /** What happened and what to do, for people. */
  readonly meaning: string;
}

export const errorTable = {
  KS_BAD_REQUEST: {
    status: 400,
    meaning: 'A parameter or the body does not fit the schema; `details` names each place.',
  },
  KS_BAD_QUERY: {
    status: 400,
    meaning: 'The KFL query does not compile; `details` holds its diagnostics with their offsets.',
  },
  KS_UNAUTHENTICATED: {
    status: 401,
    meaning: 'Nobody is signed in, or the identity headers come from an address that is not trusted.',
  },
  KS_FORBIDDEN: { status: 403, meaning: 'Your role does not allow this; ask an administrator.' },
  KS_NOT_FOUND: { status: 404, meaning: 'There is no such address in the API.' },
  KS_ENTRY_NOT_FOUND: { status: 404, meaning: 'No entry has this id, or retention has dropped it.' },
  KS_SAVED_QUERY_NOT_FOUND: { status: 404, meaning: 'No saved query has this id.' },
  KS_WEBHOOK_NOT_FOUND: { status: 404, meaning: 'No webhook has this name.' },
  KS_RECORDING_NOT_FOUND: { status: 404, meaning: 'No recording has this id, or retention has dropped it.' },
  KS_SOURCE_NOT_FOUND: { status: 404, meaning: 'No opened file has this id; open it again.' },
  KS_REPLAY_NOT_FOUND: { status: 404, meaning: 'No replay has this id; the hub keeps the latest fifty.' },
  KS_CONFLICT: { status: 409, meaning: 'Somebody else changed it meanwhile; read it again and repeat the change.' },
  KS_TOO_LARGE: { status: 413, meaning: 'The request body is larger than this address takes.' },
  KS_BAD_FILE: { status: 422, meaning: 'The uploaded file cannot be read; the message says where it breaks.' },
  KS_RATE_LIMITED: { status: 429, meaning: 'Too many requests; wait as long as `Retry-After` says.' },
  KS_INTERNAL: { status: 500, meaning: 'A bug in the hub; the log has the cause under the same request id.' },
  KS_STORE_UNAVAILABLE: {
    status: 503,
    meaning: 'The store does not answer; capture goes on and the agents keep what they saw.',
  },
  KS_STOPPING: { status: 503, meaning: 'The hub is shutting down; try again in a moment.' },
  KS_QUERY_TIMEOUT: { status: 504, meaning: 'The query ran into its time limit; narrow the time range or the filter.' },
  KS_QUERY_LIMIT: {
    status: 507,
    meaning: 'The query needs more memory than it may use; narrow it or group by fewer fields.',
  },
  KS_QUERY_TOO_WIDE: {
    status: 507,
    meaning: 'The query would read more entries than one may (500 million); narrow its time range.',
  },
  KS_DISK_FULL: { status: 507, meaning: 'The hub has no room for this on its disk; delete recordings or make room.' },
  KS_BAD_MESSAGE: { status: 0, meaning: 'A message on a WebSocket is not in the contract; the connection is closed.' },
  KS_AGENT_REFUSED: {
    status: 0,
    meaning: "The agent's token is not the hub's; give both the same `KUBESHARK_AGENT_TOKEN`.",
  },
  KS_NODE_TAKEN: {
    status: 0,
    meaning: 'Another agent captures on this node; this one begins when that has gone. Remove one.',
  },
  KS_PROTOCOL_VERSION: {
    status: 0,
    meaning: 'Agent and hub speak different versions of the link; run the same release of both.',
  },
  KS_BAD_BATCH: {
    status: 0,
    meaning: 'A batch of entries cannot be read; it is refused and counted, the link stays up.',
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof errorTable;

export const errorCodes = Object.keys(errorTable) as readonly ErrorCode[];

/** Body of every answer with a status of 400 or above. */
export const Problem = z
  .object({
    code: z.enum(errorCodes),
    message: z.string(),
    requestId: z.string(),
    details: z.unknown().optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
