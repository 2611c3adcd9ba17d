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
import { User } from './user.ts';
import type { Packet } from './wire.ts';

/** Statements of all connections: those of one application are the same on each. */
const sqlStatements = new SqlStatements(mysqlSql, 'mysql');

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
  packet: Packet,
  { statements, capabilities }: { readonly statements: Statements; readonly capabilities: number | undefined },
): Statement | undefined {
  const { bytes, start, end } = packet;
  const command = packet.first ?? 0;
  switch (command) {
    case Command.QUERY: {
      // Unknown, it is seen from the counts of no attributes: no statement begins with such bytes.
      const hasAttributes =
        capabilities === undefined
          ? start + 2 < end && bytes[start + 1] === 0 && bytes[start + 2] === 1
          : (capabilities & Capability.QUERY_ATTRIBUTES) !== 0;
      const text = queryText(packet, hasAttributes);
      call.sql = sqlStatements.lent(bytes, Math.min(text.start, end), end);
      call.attributes = text.attributes;
      return undefined;
    }
    case Command.STMT_PREPARE: {
      call.sql = sqlStatements.of(bytes, Math.min(start + 1, end), end).keep();
      const statement = new Statement(call.sql);
      statements.preparing(statement);
      return statement;
    }
    case Command.STMT_EXECUTE:
    case Command.STMT_BULK_EXECUTE: {
      const statement = find(call, packet, statements);
      const hasAttributes = ((capabilities ?? 0) & Capability.QUERY_ATTRIBUTES) !== 0;
      call.binding =
        command === Command.STMT_EXECUTE
          ? executeBinding(packet, statement, hasAttributes)
          : bulkBinding(packet, statement);
      if (statement !== undefined) {
        if (call.binding !== undefined) statement.parameters = call.binding.parameters;
        if (statement.longData.size > 0) statement.longData.clear();
      }
      return statement;
    }
    case Command.STMT_FETCH:
    case Command.STMT_RESET: {
      const statement = find(call, packet, statements);
      if (command === Command.STMT_RESET) statement?.longData.clear();
      return statement;
    }
    case Command.STMT_CLOSE:
      statements.closed(idOf(packet));
      return undefined;
    case Command.CHANGE_USER: {
      const { user, database, plugin, attributes } = changeUserOf(packet.body, capabilities ?? Capability.PLUGIN_AUTH);
      call.user = new User(user, database);
      call.authentication = plugin;
      call.client = attributes;
      return undefined;
    }
    case Command.INIT_DB:
      call.subject = new TextDecoder().decode(packet.body.subarray(1));
      return undefined;
    case Command.FIELD_LIST:
      call.subject = new ByteReader(bytes, Math.min(start + 1, end), end).cstring();
      return undefined;
    case Command.PROCESS_KILL:
      call.subject = String(idOf(packet));
      return undefined;
    default:
      return undefined;
  }
}

/** The number that follows the command: of a statement, or of a connection. */
const idOf = ({ bytes, start, end }: Packet): number => new ByteReader(bytes, Math.min(start + 1, end), end).u32le();

function find(call: CallFacts, packet: Packet, statements: Statements): Statement | undefined {
  const id = idOf(packet);
  const statement = statements.find(id);
  call.statement = id === LAST_PREPARED ? statement?.id : id;
  call.sql = statement?.sql;
  return statement;
}

/** COM_STMT_SEND_LONG_DATA: a part of a parameter's value. */
export function takeLongData({ bytes, start, end, length }: Packet, statements: Statements): void {
  const reader = new ByteReader(bytes, Math.min(start + 1, end), end);
  const statement = statements.find(reader.u32le());
  statement?.sentAhead(reader.u16le(), Math.max(0, length - 7));
}
