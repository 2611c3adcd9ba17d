/** What a MySQL call looks like to people. */

import type { JsonObject } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { oneLine } from '../../decode/sql-statement.ts';
import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description, WrittenDescription } from '../../dissect/dissector.ts';
import { CallFacts, type Row } from './call.ts';
import { boundAttributes, boundValues } from './parameters.ts';
import { binaryRow, textRow } from './values.ts';
import { WrittenMysql } from './written.ts';

const writing = new WrittenMysql();

/** Commands that run a statement: they are shown as what the statement does. */
const running = new Set(['QUERY', 'EXECUTE', 'BULK EXECUTE']);

export class MysqlCall extends CallFacts {
  get status(): number | null {
    const { failure, responseStart, missing } = this;
    return failure?.code ?? (responseStart === null || missing !== undefined ? null : 0);
  }
  get error(): boolean {
    return this.failure !== undefined || this.missing !== undefined;
  }

  endpoint(): string {
    const { name, sql } = this;
    return (running.has(name) && sql?.endpoint) || name;
  }

  group(): CallGroup | null {
    const { name, sql } = this;
    return sql !== undefined && sql.verb !== '' && running.has(name) ? sql.group : null;
  }

  describe(): Description {
    const { failure } = this;
    const errorText =
      failure === undefined
        ? this.missing
        : `${failure.message} (${failure.code}${failure.sqlState === '' ? '' : `, ${failure.sqlState}`})`;
    return {
      protocols: ['mysql'],
      method: commandOf(this),
      endpoint: this.endpoint(),
      summary: summaryOf(this),
      ...(errorText !== undefined && { errorText }),
      request: this.requestStart === null ? null : this.#request(),
      response: this.responseStart === null ? null : this.#response(),
      data: { mysql: dataOf(this) },
    };
  }

  written(): WrittenDescription | null {
    return running.has(this.name) ? writing.of(this) : null;
  }

  #request(): JsonObject & { size: number } {
    const { binding, requestSize: size } = this;
    const attributes = binding === undefined ? this.attributes : boundAttributes(binding);
    return { size, ...(Object.keys(attributes).length > 0 && { attributes }) };
  }

  #response(): JsonObject & { size: number; status: number } {
    const { responseSize: size, rows, warnings, info, changes, text, prepared, progressReports } = this;
    return {
      size,
      status: this.status ?? 0,
      ...(rows.length > 0 && { rows: rowObjects(rows) }),
      ...(warnings > 0 && { warnings }),
      ...(info !== '' && { info }),
      ...(changes.length > 0 && { session: changes.map((change) => ({ ...change })) }),
      ...(text !== undefined && { text }),
      ...(prepared !== undefined && { prepared: { ...prepared } }),
      ...(progressReports > 0 && { progressReports }),
    };
  }
}

/** First word of the statement that is run, else the command's own name. */
const commandOf = ({ name, sql }: CallFacts): string => (running.has(name) && sql?.verb) || name;

/** Rows as `{ id: 7, name: "lamp" }`. */
const rowObjects = (rows: readonly Row[]): JsonObject[] =>
  rows.map(({ bytes, start, end, columns: { list, keys }, isBinary }) => {
    const reader = new ByteReader(bytes, start, end);
    const values = isBinary ? binaryRow(reader, list) : textRow(reader, list);
    return Object.fromEntries(values.map((value, at) => [keys.of(at), value]));
  });

function summaryOf(call: CallFacts): string {
  const { name, sql, subject, statement, failure, user } = call;
  if (name === 'LOGIN') return `${user.name ?? ''}${user.database === undefined ? '' : ` → ${user.database}`}`;
  if (name === 'CHANGE USER') return `CHANGE USER ${user.name ?? ''}`;
  if (name === 'ERROR') return oneLine(failure?.message ?? 'error');
  if (sql !== undefined) return sql.summary;
  if (statement !== undefined) return `statement ${statement}, prepared before the capture`;
  return subject === undefined ? name : oneLine(`${name} ${subject}`);
}

function dataOf(call: CallFacts): JsonObject {
  const { sql, binding, statement, authentication, compression, connectionId, infile } = call;
  const { name: user, database } = call.user;
  return {
    command: commandOf(call),
    ...(sql !== undefined && { query: sql.text, fingerprint: sql.fingerprint }),
    ...(binding !== undefined && { parameters: boundValues(binding) }),
    ...(statement !== undefined && { statement }),
    ...(user !== undefined && { user }),
    ...(database !== undefined && { database }),
    ...(authentication !== undefined && { authentication }),
    ...(Object.keys(call.client).length > 0 && { client: call.client }),
    ...(call.serverVersion !== undefined && { serverVersion: call.serverVersion }),
    ...(connectionId !== undefined && { connectionId }),
    ...(compression !== undefined && { compression }),
    ...(call.rowCount !== undefined && { rows: call.rowCount }),
    ...(call.lastInsertId !== undefined && { lastInsertId: call.lastInsertId }),
    ...(call.results > 1 && { results: call.results }),
    ...(infile !== undefined && { infile: { ...infile } }),
    ...(call.isInTransaction && { transaction: 'open' }),
    ...(call.failure !== undefined && call.failure.sqlState !== '' && { sqlState: call.failure.sqlState }),
  };
}
