/** What a PostgreSQL call looks like to people. */

import type { JsonObject } from '@kubeshark/model';
import { oneLine } from '../../decode/sql-statement.ts';
import type { Description, Exchange } from '../../dissect/dissector.ts';
import type { CallKind, PostgresCall } from './call.ts';
import { type BindFields, bindFields, type Column, parameterValues, rowOf } from './fields.ts';

const commands: Readonly<Record<CallKind, string>> = {
  query: 'QUERY',
  startup: 'STARTUP',
  prepare: 'PREPARE',
  cancel: 'CANCEL',
  notification: 'NOTIFICATION',
  function: 'FUNCTION',
  error: 'ERROR',
};

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
    const { failure, responseStart, missing } = this.#call;
    return failure?.code ?? (responseStart === null || missing !== undefined ? null : 0);
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

  endpoint(): string {
    const call = this.#call;
    return (call.kind === 'query' && call.sql?.endpoint) || commandOf(call);
  }

  describe(): Description {
    const call = this.#call;
    const { failure } = call;
    const bound = call.portal === undefined ? undefined : bindFields(call.portal.bind, call.portal.valuesAt);
    const errorText =
      failure === undefined ? call.missing : `${failure.severity}: ${failure.message} (${failure.code})`;
    return {
      protocols: ['postgres'],
      method: commandOf(call),
      endpoint: this.endpoint(),
      summary: summaryOf(call),
      ...(errorText !== undefined && { errorText }),
      request: call.start === null ? null : { size: call.requestSize },
      response: call.responseStart === null ? null : this.#response(bound),
      data: { postgres: dataOf(call, bound) },
    };
  }

  #response(bound: BindFields | undefined): JsonObject & { size: number; status: number | string } {
    const call = this.#call;
    return {
      size: call.responseSize,
      status: this.status ?? 0,
      ...(call.rows.length > 0 && { rows: rowObjects(call, bound) }),
      ...(call.reported.length > 0 && { parameters: Object.fromEntries(call.reported) }),
      ...(call.notices.length > 0 && { notices: call.notices }),
      ...call.failure?.more,
    };
  }
}

/** First word of the statement; without its text what the server says it did, or what kind of call it is. */
function commandOf({ kind, sql, tags }: PostgresCall): string {
  if (kind !== 'query') return commands[kind];
  return sql?.verb || tags[0]?.split(' ')[0] || commands.query;
}

/** Rows as `{ id: 7, name: "lamp" }`. */
function rowObjects({ rows, portal }: PostgresCall, bound: BindFields | undefined): JsonObject[] {
  let named: readonly Column[] | undefined;
  let names: readonly string[] = [];
  return rows.map(({ bytes, columns }) => {
    if (columns !== named) names = namesOf(columns);
    named = columns;
    // The columns of a statement come before a Bind chooses their formats; those of a portal have them.
    const formats = bound !== undefined && columns !== portal?.columns ? bound.resultFormats : undefined;
    return Object.fromEntries(rowOf(bytes, columns, formats).map((value, at) => [names[at] ?? `#${at + 1}`, value]));
  });
}

/** The columns' names; one that comes again gets its number. */
function namesOf(columns: readonly Column[]): string[] {
  const seen = new Set<string>();
  return columns.map(({ name }, at) => {
    if (seen.has(name)) return `${name}#${at + 1}`;
    seen.add(name);
    return name;
  });
}

function summaryOf(call: PostgresCall): string {
  switch (call.kind) {
    case 'notification':
      return oneLine(`${call.channel ?? ''}: ${call.payload ?? ''}`);
    case 'startup':
      return `${call.user ?? ''} → ${call.database ?? ''}`;
    case 'cancel':
      return `CANCEL process ${call.processId ?? ''}`;
    case 'error':
      return oneLine(call.failure?.message ?? 'error');
    default:
      if (call.sql !== undefined) return call.sql.summary;
      if (call.statement !== undefined && call.statement !== '')
        return `statement ${call.statement}, prepared before the capture`;
      return commandOf(call);
  }
}

function dataOf(call: PostgresCall, bound: BindFields | undefined): JsonObject {
  const { sql, statement, user, database, application, authentication, processId, transaction } = call;
  return {
    command: commandOf(call),
    ...(sql !== undefined && { query: sql.text, fingerprint: sql.fingerprint }),
    ...(bound !== undefined && { parameters: parameterValues(bound, call.portal?.statement?.types ?? []) }),
    ...(statement !== undefined && statement !== '' && { statement }),
    ...(user !== undefined && { user }),
    ...(database !== undefined && { database }),
    ...(application !== undefined && { application }),
    ...(authentication !== undefined && { authentication }),
    ...(processId !== undefined && { processId }),
    ...(call.rowCount !== undefined && { rows: call.rowCount }),
    ...(call.tags.length > 0 && { tags: call.tags }),
    ...(call.copy !== undefined && { copy: { ...call.copy } }),
    ...(transaction !== undefined && { transaction }),
    ...(call.channel !== undefined && { channel: call.channel }),
    ...(call.payload !== undefined && { payload: call.payload }),
    ...(call.failure !== undefined && { sqlState: call.failure.code }),
  };
}
