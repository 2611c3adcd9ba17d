/** What a PostgreSQL call looks like to people. */

import type { JsonObject } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { oneLine } from '../../decode/sql-statement.ts';
import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description, WrittenDescription } from '../../dissect/dissector.ts';
import { CallFacts, type CallKind } from './call.ts';
import { type BindFields, bindFields, parameterValues, rowOf } from './fields.ts';
import { WrittenPostgres } from './written.ts';

const writing = new WrittenPostgres();

const commands: Readonly<Record<CallKind, string>> = {
  query: 'QUERY',
  startup: 'STARTUP',
  prepare: 'PREPARE',
  cancel: 'CANCEL',
  notification: 'NOTIFICATION',
  function: 'FUNCTION',
  error: 'ERROR',
};

export class PostgresCall extends CallFacts {
  get status(): number | string | null {
    const { failure, responseStart, missing } = this;
    return failure?.code ?? (responseStart === null || missing !== undefined ? null : 0);
  }
  get error(): boolean {
    return this.failure !== undefined || this.missing !== undefined;
  }

  endpoint(): string {
    return (this.kind === 'query' && this.sql?.endpoint) || commandOf(this);
  }

  group(): CallGroup | null {
    const { kind, sql } = this;
    return kind === 'query' && sql !== undefined && sql.verb !== '' ? sql.group : null;
  }

  describe(): Description {
    const { failure } = this;
    const bound = this.portal === undefined ? undefined : bindFields(this.portal);
    const errorText =
      failure === undefined ? this.missing : `${failure.severity}: ${failure.message} (${failure.code})`;
    return {
      protocols: ['postgres'],
      method: commandOf(this),
      endpoint: this.endpoint(),
      summary: summaryOf(this),
      ...(errorText !== undefined && { errorText }),
      request: this.requestStart === null ? null : { size: this.requestSize },
      response: this.responseStart === null ? null : this.#response(bound),
      data: { postgres: dataOf(this, bound) },
    };
  }

  written(): WrittenDescription | null {
    return writing.of(this);
  }

  #response(bound: BindFields | undefined): JsonObject & { size: number; status: number | string } {
    return {
      size: this.responseSize,
      status: this.status ?? 0,
      ...(this.rows.length > 0 && { rows: rowObjects(this, bound) }),
      ...(this.reported.length > 0 && { parameters: Object.fromEntries(this.reported) }),
      ...(this.notices.length > 0 && { notices: this.notices }),
      ...this.failure?.more,
    };
  }
}

/** First word of the statement; without its text what the server says it did, or what kind of call it is. */
function commandOf({ kind, sql, tags }: CallFacts): string {
  if (kind !== 'query') return commands[kind];
  return sql?.verb || tags[0]?.tag.split(' ')[0] || commands.query;
}

/** Rows as `{ id: 7, name: "lamp" }`. */
function rowObjects({ rows, portal }: CallFacts, bound: BindFields | undefined): JsonObject[] {
  return rows.map(({ bytes, start, end, columns }) => {
    // The columns of a statement come before a Bind chooses their formats; those of a portal have them.
    const formats = bound !== undefined && columns !== portal?.columns ? bound.resultFormats : undefined;
    const values = rowOf(new ByteReader(bytes, start, end), columns.list, formats);
    return Object.fromEntries(values.map((value, at) => [columns.keys.of(at), value]));
  });
}

function summaryOf(call: CallFacts): string {
  switch (call.kind) {
    case 'notification':
      return oneLine(`${call.channel ?? ''}: ${call.payload ?? ''}`);
    case 'startup':
      return `${call.login.user ?? ''} → ${call.login.database ?? ''}`;
    case 'cancel':
      return `CANCEL process ${call.processId ?? ''}`;
    case 'error':
      return oneLine(call.failure?.message ?? 'error');
    default:
      if (call.sql !== undefined) return call.sql.summary;
      if (call.statement !== undefined && call.statement.text !== '')
        return `statement ${call.statement.text}, prepared before the capture`;
      return commandOf(call);
  }
}

function dataOf(call: CallFacts, bound: BindFields | undefined): JsonObject {
  const { sql, statement, application, authentication, processId, transaction } = call;
  const { user, database } = call.login;
  return {
    command: commandOf(call),
    ...(sql !== undefined && { query: sql.text, fingerprint: sql.fingerprint }),
    ...(bound !== undefined && { parameters: parameterValues(bound, call.portal?.statement?.types ?? []) }),
    ...(statement !== undefined && statement.text !== '' && { statement: statement.text }),
    ...(user !== undefined && { user }),
    ...(database !== undefined && { database }),
    ...(application !== undefined && { application }),
    ...(authentication !== undefined && { authentication }),
    ...(processId !== undefined && { processId }),
    ...(call.rowCount !== undefined && { rows: call.rowCount }),
    ...(call.tags.length > 0 && { tags: call.tags.map(({ tag }) => tag) }),
    ...(call.copy !== undefined && { copy: { ...call.copy } }),
    ...(transaction !== undefined && { transaction }),
    ...(call.channel !== undefined && { channel: call.channel }),
    ...(call.payload !== undefined && { payload: call.payload }),
    ...(call.failure !== undefined && { sqlState: call.failure.code }),
  };
}
