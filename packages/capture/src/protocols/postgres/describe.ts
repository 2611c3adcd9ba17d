/** What a PostgreSQL call looks like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { endpointOf, shapeOf } from '../../decode/sql.ts';
import type { Description, Exchange } from '../../dissect/dissector.ts';
import type { Column, ErrorFields } from './fields.ts';

const MAX_SUMMARY = 200;

/** A call while it is put together; the session fills it. */
export interface PostgresCall {
  /** `query` has a statement; the others are named by what they do. */
  readonly kind: 'query' | 'startup' | 'prepare' | 'cancel' | 'notification' | 'function';
  readonly start: number | null;
  end: number | null;
  responseStart: number | null;
  responseEnd: number | null;
  requestSize: number;
  responseSize: number;
  statement?: string;
  query?: string;
  parameters?: readonly JsonValue[];
  user?: string;
  database?: string;
  application?: string;
  authentication?: string;
  columns: readonly Column[];
  readonly rows: JsonValue[][];
  /** Rows the server counted or sent; undefined when none were told. */
  rowCount?: number;
  tags: string[];
  copy?: { direction: 'in' | 'out' | 'both'; bytes: number; messages: number };
  notices: string[];
  channel?: string;
  payload?: string;
  transaction?: string;
  failure?: ErrorFields;
  /** Why there is no end of the response, when there should be one. */
  missing?: string;
  gap: number;
  truncated: boolean;
}

/** A call of which nothing is known but when it began; null for what the server says by itself. */
export const openCall = (kind: PostgresCall['kind'], start: number | null): PostgresCall => ({
  kind,
  start,
  end: start,
  responseStart: null,
  responseEnd: null,
  requestSize: 0,
  responseSize: 0,
  columns: [],
  rows: [],
  tags: [],
  notices: [],
  gap: 0,
  truncated: false,
});

const names: Readonly<Record<PostgresCall['kind'], string>> = {
  query: 'QUERY',
  startup: 'STARTUP',
  prepare: 'PREPARE',
  cancel: 'CANCEL',
  notification: 'NOTIFICATION',
  function: 'FUNCTION',
};

const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MAX_SUMMARY ? `${line.slice(0, MAX_SUMMARY)}…` : line;
};

/** `{ id: 7, name: "lamp" }` for each row; a name that comes twice gets its number. */
function rowObjects({ rows, columns }: PostgresCall): JsonObject[] {
  const keys = columns.map(({ name }, index) =>
    columns.findIndex((other) => other.name === name) === index ? name : `${name}#${index + 1}`,
  );
  return rows.map((row) => Object.fromEntries(row.map((value, index) => [keys[index] ?? `#${index + 1}`, value])));
}

export class PostgresExchange implements Exchange {
  readonly protocol = 'postgres';
  readonly #call: PostgresCall;

  constructor(call: PostgresCall) {
    this.#call = call;
  }

  get requestStart(): number | null {
    return this.#call.start;
  }
  get requestEnd(): number | null {
    return this.#call.end;
  }
  get responseStart(): number | null {
    return this.#call.responseStart;
  }
  get responseEnd(): number | null {
    return this.#call.responseEnd;
  }
  get requestSize(): number {
    return this.#call.requestSize;
  }
  get responseSize(): number {
    return this.#call.responseSize;
  }
  get status(): number | string | null {
    const { failure, responseStart } = this.#call;
    return failure?.code ?? (responseStart === null ? null : 0);
  }
  get error(): boolean {
    return this.#call.failure !== undefined || this.#call.missing !== undefined;
  }
  get gap(): number {
    return this.#call.gap;
  }
  get truncated(): boolean {
    return this.#call.truncated;
  }

  describe(): Description {
    const call = this.#call;
    const { query, failure } = call;
    const shape = query === undefined ? undefined : shapeOf(query);
    const command = call.kind === 'query' ? shape?.verb || call.tags[0]?.split(' ')[0] || 'QUERY' : names[call.kind];
    const errorText =
      failure === undefined ? call.missing : `${failure.severity}: ${failure.message} (${failure.code})`;
    return {
      protocols: ['postgres'],
      method: command,
      endpoint: call.kind === 'query' && shape !== undefined ? endpointOf(shape) : command,
      summary: summaryOf(call, command),
      ...(errorText !== undefined && { errorText }),
      request: call.start === null ? null : { size: call.requestSize },
      response: call.responseStart === null ? null : this.#response(),
      data: { postgres: dataOf(call, command, shape?.fingerprint) },
    };
  }

  #response(): JsonObject & { size: number; status: number | string } {
    const call = this.#call;
    return {
      size: call.responseSize,
      status: this.status ?? 0,
      ...(call.rows.length > 0 && { rows: rowObjects(call) }),
      ...(call.notices.length > 0 && { notices: call.notices }),
      ...(call.failure?.detail !== undefined && { detail: call.failure.detail }),
      ...(call.failure?.hint !== undefined && { hint: call.failure.hint }),
    };
  }
}

function summaryOf(call: PostgresCall, command: string): string {
  if (call.kind === 'notification') return oneLine(`${call.channel ?? ''}: ${call.payload ?? ''}`);
  if (call.kind === 'startup') return `${call.user ?? ''} → ${call.database ?? ''}`;
  if (call.query !== undefined) return oneLine(call.query);
  if (call.statement !== undefined && call.statement !== '')
    return `statement ${call.statement}, prepared before the capture`;
  return command;
}

function dataOf(call: PostgresCall, command: string, fingerprint: string | undefined): JsonObject {
  const { statement, query, parameters, user, database, application, authentication, transaction, channel, payload } =
    call;
  return {
    command,
    ...(query !== undefined && { query }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(parameters !== undefined && { parameters }),
    ...(statement !== undefined && statement !== '' && { statement }),
    ...(user !== undefined && { user }),
    ...(database !== undefined && { database }),
    ...(application !== undefined && { application }),
    ...(authentication !== undefined && { authentication }),
    ...(call.rowCount !== undefined && { rows: call.rowCount }),
    ...(call.tags.length > 0 && { tags: call.tags }),
    ...(call.copy !== undefined && { copy: { ...call.copy } }),
    ...(transaction !== undefined && { transaction }),
    ...(channel !== undefined && { channel }),
    ...(payload !== undefined && { payload }),
    ...(call.failure !== undefined && { sqlState: call.failure.code }),
  };
}
