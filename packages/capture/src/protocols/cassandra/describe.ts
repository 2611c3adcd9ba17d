/** What a call over CQL's native protocol looks like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { ByteReader } from '../../decode/byte-reader.ts';
import { cql } from '../../decode/sql-scanner.ts';
import { oneLine, SqlStatements } from '../../decode/sql-statement.ts';
import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description } from '../../dissect/dissector.ts';
import { CallFacts, type Half } from './call.ts';
import { errorNameOf } from './errors.ts';
import { type Parameters, parametersOf, responseHead, rowsOf, skipPayload, stringMap } from './messages.ts';
import { stringOf } from './values.ts';
import { opcodes } from './wire.ts';
import { WrittenCassandra } from './written.ts';

/** Shows the call that is written. */
const writtenCassandra = new WrittenCassandra();

export const statements = new SqlStatements(cql, 'cassandra');

const STARTUP = 1;
const QUERY = 7;
const EXECUTE = 10;
const PREPARE = 9;
const RESULT = 8;
const EVENT = 12;
const ROWS = 2;
const SET_KEYSPACE = 3;
const SCHEMA_CHANGE = 5;

interface Result {
  readonly rows?: number;
  readonly shown?: readonly JsonObject[];
  readonly hasMorePages?: boolean;
  readonly detail?: string;
  readonly tracingId?: string | undefined;
  readonly warnings?: readonly string[];
}

export class CassandraCall extends CallFacts {
  /** The verb of the statement, or the name of the message. */
  get command(): string {
    const opcode = (this.request ?? this.response)?.opcode ?? -1;
    return (opcode !== PREPARE && this.statement?.verb) || (opcodes[opcode] ?? 'UNKNOWN');
  }

  endpoint(): string {
    const { command, statement } = this;
    if (statement === undefined) return command;
    return command === statement.verb ? statement.endpoint : `${command} ${statement.endpoint}`;
  }

  group(): CallGroup | null {
    const { command, statement } = this;
    return statement !== undefined && command === statement.verb ? statement.group : null;
  }

  describe(): Description {
    const { request, response, statement, failure, command, batch } = this;
    const { driver, ...peers } = this.peers;
    const asked = request === null ? {} : this.#asked(request);
    const result = response === null || failure !== undefined ? {} : this.#result(response);
    const errorText = failure === undefined ? this.missing : `${errorNameOf(failure.code)}: ${failure.message}`;
    const { rows, shown, hasMorePages, detail, tracingId, warnings } = result;
    return {
      protocols: ['cassandra'],
      method: command,
      endpoint: this.endpoint(),
      summary: this.#summary(detail),
      ...(errorText !== undefined && { errorText }),
      request: request === null ? null : { size: request.size },
      response:
        response === null
          ? null
          : {
              size: response.size,
              status: this.status ?? 0,
              ...(shown !== undefined && shown.length > 0 && { rows: shown }),
              ...(detail !== undefined && { detail }),
              ...(warnings !== undefined && warnings.length > 0 && { warnings }),
            },
      data: {
        cassandra: {
          command,
          ...(statement !== undefined && { query: statement.text, fingerprint: statement.fingerprint }),
          ...asked,
          ...(batch !== undefined && {
            batch: batch.statements,
            batchSize: batch.size,
            consistency: batch.consistency,
          }),
          ...(rows !== undefined && { rows }),
          ...(hasMorePages === true && { hasMorePages }),
          ...(tracingId !== undefined && { tracingId }),
          ...peers,
          ...(driver !== undefined && request?.opcode === STARTUP && { driver }),
          ...(failure !== undefined && { errorName: errorNameOf(failure.code) }),
        },
      },
    };
  }

  written(): WrittenCassandra | null {
    return writtenCassandra.of(this);
  }

  #summary(detail: string | undefined): string {
    const { command, statement, batch } = this;
    if (batch !== undefined) return oneLine(`BATCH of ${batch.size}: ${batch.statements.join('; ')}`);
    if (statement === undefined) return oneLine(detail === undefined ? command : `${command} ${detail}`);
    return command === statement.verb ? statement.summary : oneLine(`${command} ${statement.summary}`);
  }

  #asked(request: Half): JsonObject {
    const reader = new ByteReader(request.bytes, request.from, request.to);
    skipPayload(reader, request.flags);
    switch (request.opcode) {
      case QUERY:
        reader.skip(Math.max(0, reader.i32()));
        return shownParameters(parametersOf(reader, request.version, []));
      case EXECUTE:
        reader.skip(reader.u16());
        if (request.version >= 5) reader.skip(reader.u16());
        return shownParameters(parametersOf(reader, request.version, this.known?.prepared.variables ?? []));
      case STARTUP:
        return { options: stringMap(reader) };
      default:
        return {};
    }
  }

  #result(response: Half): Result {
    const reader = new ByteReader(response.bytes, response.from, response.to);
    const head = responseHead(reader, response.flags);
    if (response.opcode === EVENT) return { ...head, detail: [stringOf(reader), stringOf(reader)].join(' ') };
    if (response.opcode !== RESULT) return head;
    switch (reader.i32()) {
      case ROWS: {
        const { count, rows, hasMorePages } = rowsOf(reader, response.version, this.known?.prepared.columns ?? []);
        return { ...head, rows: count, shown: rows, hasMorePages };
      }
      case SET_KEYSPACE:
        return { ...head, detail: `keyspace ${stringOf(reader)}` };
      case SCHEMA_CHANGE:
        return { ...head, detail: [stringOf(reader), stringOf(reader)].join(' ') };
      default:
        return head;
    }
  }
}

function shownParameters({ consistency, values, keyspace }: Parameters): JsonObject {
  const parameters = values as JsonValue;
  return {
    consistency,
    ...(Object.keys(values).length > 0 && { parameters }),
    ...(keyspace !== undefined && { keyspace }),
  };
}
