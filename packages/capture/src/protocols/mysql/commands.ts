/** What a client asks, as calls: the payload of a command with what is known of the connection. */

import { ByteReader } from '../../decode/byte-reader.ts';
import { mysqlSql } from '../../decode/sql-scanner.ts';
import { SqlStatements } from '../../decode/sql-statement.ts';
import type { AnswerOptions } from './answer.ts';
import type { CallFacts } from './call.ts';
import { Capability, Command } from './codes.ts';
import { changeUserOf } from './handshake.ts';
import { bulkBinding, executeBinding, queryText } from './parameters.ts';
import { LAST_PREPARED, Statement, type Statements } from './statements.ts';

/** Statements of all connections: those of one application are the same on each. */
const sqlStatements = new SqlStatements(mysqlSql);

/** How a command is answered: nothing comes to `none`, `authentication` is a conversation of its own. */
export type AnswerKind = AnswerOptions['kind'] | 'authentication' | 'none';

const answerKinds: ReadonlyMap<number, AnswerKind> = new Map<number, AnswerKind>([
  [Command.QUIT, 'none'],
  [Command.STMT_CLOSE, 'none'],
  [Command.STMT_SEND_LONG_DATA, 'none'],
  [Command.CHANGE_USER, 'authentication'],
  [Command.FIELD_LIST, 'definitions'],
  [Command.STATISTICS, 'text'],
  [Command.BINLOG_DUMP, 'events'],
  [Command.BINLOG_DUMP_GTID, 'events'],
  [Command.STMT_PREPARE, 'prepared'],
  [Command.STMT_FETCH, 'fetched'],
]);

export const answerKindOf = (command: number): AnswerKind => answerKinds.get(command) ?? 'result';

/** Fills a call with what its command says; the answer is the prepared statement it is about. */
export function readCommand(
  call: CallFacts,
  body: Uint8Array,
  { statements, capabilities }: { readonly statements: Statements; readonly capabilities: number | undefined },
): Statement | undefined {
  const command = body[0] ?? 0;
  switch (command) {
    case Command.QUERY: {
      // Unknown, it is seen from the counts of no attributes: no statement begins with such bytes.
      const hasAttributes =
        capabilities === undefined
          ? body[1] === 0 && body[2] === 1
          : (capabilities & Capability.QUERY_ATTRIBUTES) !== 0;
      const { start, attributes } = queryText(body, hasAttributes);
      call.sql = sqlStatements.of(body, Math.min(start, body.length), body.length);
      call.attributes = attributes;
      return undefined;
    }
    case Command.STMT_PREPARE: {
      call.sql = sqlStatements.of(body, 1, body.length);
      const statement = new Statement(call.sql);
      statements.preparing(statement);
      return statement;
    }
    case Command.STMT_EXECUTE:
    case Command.STMT_BULK_EXECUTE: {
      const statement = find(call, body, statements);
      const hasAttributes = ((capabilities ?? 0) & Capability.QUERY_ATTRIBUTES) !== 0;
      call.binding =
        command === Command.STMT_EXECUTE
          ? executeBinding(body, statement, hasAttributes)
          : bulkBinding(body, statement);
      if (statement !== undefined) {
        if (call.binding !== undefined) statement.parameters = call.binding.parameters;
        statement.longData.clear();
      }
      return statement;
    }
    case Command.STMT_FETCH:
    case Command.STMT_RESET: {
      const statement = find(call, body, statements);
      if (command === Command.STMT_RESET) statement?.longData.clear();
      return statement;
    }
    case Command.STMT_CLOSE:
      statements.closed(new ByteReader(body, 1).u32le());
      return undefined;
    case Command.CHANGE_USER: {
      const { user, database, plugin, attributes } = changeUserOf(body, capabilities ?? Capability.PLUGIN_AUTH);
      Object.assign(call, { user, database, authentication: plugin, client: attributes });
      return undefined;
    }
    case Command.INIT_DB:
      call.subject = new TextDecoder().decode(body.subarray(1));
      return undefined;
    case Command.FIELD_LIST:
      call.subject = new ByteReader(body, 1).cstring();
      return undefined;
    case Command.PROCESS_KILL:
      call.subject = String(new ByteReader(body, 1).u32le());
      return undefined;
    default:
      return undefined;
  }
}

function find(call: CallFacts, body: Uint8Array, statements: Statements): Statement | undefined {
  const id = new ByteReader(body, 1).u32le();
  const statement = statements.find(id);
  call.statement = id === LAST_PREPARED ? statement?.id : id;
  call.sql = statement?.sql;
  return statement;
}

/** COM_STMT_SEND_LONG_DATA: a part of a parameter's value. */
export function takeLongData(body: Uint8Array, length: number, statements: Statements): void {
  const reader = new ByteReader(body, 1);
  const statement = statements.find(reader.u32le());
  statement?.sentAhead(reader.u16le(), Math.max(0, length - 7));
}
