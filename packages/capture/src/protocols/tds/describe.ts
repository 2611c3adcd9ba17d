/** What calls of TDS look like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { oneLine } from '../../decode/sql-statement.ts';
import type { Description, WrittenDescription } from '../../dissect/dissector.ts';
import type { Argument } from './arguments.ts';
import { CallFacts } from './call.ts';
import type { LoginFields } from './logins.ts';
import { rowsOf } from './rows.ts';
import { WrittenTds } from './written.ts';

const writing = new WrittenTds();

export class TdsCall extends CallFacts {
  describe(): Description {
    const { sql, missing } = this;
    const { failure } = this.answer;
    const errorText = failure === undefined ? missing : `${failure.message.trimEnd()} (${failure.number})`;
    return {
      protocols: ['tds'],
      method: this.command,
      endpoint: this.endpoint(),
      summary: sql?.summary ?? this.title(),
      ...(errorText !== undefined && { errorText }),
      request: this.requestStart === null ? null : { size: this.requestSize },
      response: this.#response(),
      data: { tds: this.#data() },
    };
  }

  title(): string {
    const { kind, login, procedure, answer, args } = this;
    if (login !== undefined) return `${login.user}${login.database === '' ? '' : ` → ${login.database}`}`;
    if (procedure !== undefined) return oneLine(`EXEC ${procedure} ${argumentsOf(args.list())}`.trimEnd());
    if (kind === 'ANSWER' && answer.failure !== undefined) return oneLine(answer.failure.message);
    return this.command;
  }

  written(): WrittenDescription | null {
    return writing.of(this);
  }

  #response(): (JsonObject & { size: number; status: number }) | null {
    const { answer, responseSize: size } = this;
    if (this.responseStart === null) return null;
    const rows = this.rows === undefined ? [] : rowsOf(this.rows, this.reading);
    const { failure } = answer;
    return {
      size,
      status: this.status ?? 0,
      ...(rows.length > 0 && { rows }),
      ...(answer.messages.length > 0 && { messages: answer.messages }),
      ...(answer.hasOutputs && { outputs: answer.outputs }),
      ...(failure !== undefined && {
        severity: failure.severity,
        state: failure.state,
        ...(failure.procedure !== '' && { procedure: failure.procedure }),
        ...(failure.line > 0 && { line: failure.line }),
      }),
    };
  }

  #data(): JsonObject {
    const { sql, procedure, handle, login, user, answer, args } = this;
    const database = answer.database ?? this.database;
    return {
      command: this.command,
      ...(sql !== undefined && { query: sql.text, fingerprint: sql.fingerprint }),
      ...(procedure !== undefined && { procedure }),
      ...(!args.isEmpty && { parameters: byName(args.list()) }),
      ...(handle !== undefined && { statement: handle }),
      ...(user !== undefined && { user }),
      ...(database !== undefined && database !== '' && { database }),
      ...(login !== undefined && loginData(login)),
      ...(answer.server !== undefined && { server: answer.server }),
      ...(answer.rowCount !== undefined && { rows: answer.rowCount }),
      ...(answer.results > 1 && { results: answer.results }),
      ...(answer.returnStatus !== undefined && { returnStatus: answer.returnStatus }),
      ...(answer.transaction !== undefined && { transaction: answer.transaction }),
      ...((this.isCancelled || answer.isCancelled) && { cancelled: true }),
    };
  }
}

/** Those without a name by their place. */
function byName(args: readonly Argument[]): Readonly<Record<string, JsonValue>> {
  const values: Record<string, JsonValue> = {};
  for (const [index, { name, value }] of args.entries()) values[name === '' ? `#${index + 1}` : name] = value;
  return values;
}

const argumentsOf = (args: readonly Argument[]): string =>
  args
    .map(({ name, value }) => {
      const text = JSON.stringify(value);
      return name === '' ? text : `${name}=${text}`;
    })
    .join(', ');

function loginData({ host, application, driver, authentication, version }: LoginFields): JsonObject {
  return {
    ...(host !== '' && { host }),
    ...(application !== '' && { application }),
    ...(driver !== '' && { driver }),
    authentication,
    version: versionText(version),
  };
}

/** `0x74000004` is 7.4, `0x72090002` is 7.2. */
function versionText(version: number): string {
  const major = version >>> 28;
  return `${major}.${(version >>> 24) & 15}` === '0.5' ? '5.0' : `${major}.${(version >>> 24) & 15}`;
}
