/** What calls of TDS look like to people. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { oneLine, type SqlStatement } from '../../decode/sql-statement.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description, WrittenDescription } from '../../dissect/dissector.ts';
import type { LoginFields, Parameter } from './requests.ts';
import { type Answer, type KeptAnswer, type Reading, readAnswer } from './tokens.ts';
import { WrittenTds } from './written.ts';

const writing = new WrittenTds();

/** Which kind of message began the call; the name is shown where there is no statement. */
export type CallKind = 'BATCH' | 'RPC' | 'LOGIN' | 'BULK LOAD' | 'TRANSACTION' | 'PRELOGIN' | 'ANSWER';

export class TdsCall extends CountedExchange {
  readonly protocol = 'tds';
  readonly kind: CallKind;
  sql: SqlStatement | undefined;
  procedure: string | undefined;
  parameters: readonly Parameter[] = [];
  handle: number | undefined;
  login: LoginFields | undefined;
  /** What a transaction request asks. */
  request: string | undefined;
  database: string | undefined;
  user: string | undefined;
  /** How answers are read. */
  reading: Reading;
  answer: KeptAnswer | undefined;
  /** What of the answer tells how the call went, without its rows. */
  outcome: Answer | undefined;
  isCancelled = false;
  /** Why there is no answer, when there should be one. */
  missing: string | undefined;

  constructor(kind: CallKind, reading: Reading) {
    super();
    this.kind = kind;
    this.reading = reading;
  }

  get status(): number | null {
    const { outcome } = this;
    if (outcome === undefined) return null;
    return outcome.failure?.number ?? 0;
  }

  get error(): boolean {
    return this.missing !== undefined || this.outcome?.failure !== undefined;
  }

  /** First word of the statement, the procedure, or what kind of message it is. */
  get command(): string {
    return this.sql?.verb || (this.procedure ?? this.request ?? this.kind);
  }

  endpoint(): string {
    if (this.sql !== undefined) return this.sql.endpoint || this.command;
    return this.procedure === undefined ? this.command : `EXEC ${this.procedure}`;
  }

  describe(): Description {
    const { outcome, sql, missing } = this;
    const failure = outcome?.failure;
    const errorText = failure === undefined ? missing : `${failure.message.trimEnd()} (${failure.number})`;
    return {
      protocols: ['tds'],
      method: this.command,
      endpoint: this.endpoint(),
      summary: sql?.summary ?? this.#summary(),
      ...(errorText !== undefined && { errorText }),
      request: this.requestStart === null ? null : { size: this.requestSize },
      response: this.response(),
      data: { tds: this.#data() },
    };
  }

  #summary(): string {
    const { kind, login, procedure, outcome } = this;
    if (login !== undefined) return `${login.user}${login.database === '' ? '' : ` → ${login.database}`}`;
    if (procedure !== undefined) return oneLine(`EXEC ${procedure} ${argumentsOf(this.parameters)}`.trimEnd());
    if (kind === 'ANSWER' && outcome?.failure !== undefined) return oneLine(outcome.failure.message);
    return this.command;
  }

  written(): WrittenDescription | null {
    return writing.of(this);
  }

  response(): (JsonObject & { size: number; status: number }) | null {
    const { outcome, responseSize: size } = this;
    if (this.responseStart === null) return null;
    const rows = this.answer === undefined ? [] : readAnswer(this.answer, { ...this.reading, hasRows: true }).rows;
    const failure = outcome?.failure;
    return {
      size,
      status: this.status ?? 0,
      ...(rows.length > 0 && { rows }),
      ...(outcome !== undefined && outcome.messages.length > 0 && { messages: outcome.messages }),
      ...(outcome !== undefined && Object.keys(outcome.outputs).length > 0 && { outputs: outcome.outputs }),
      ...(failure !== undefined && {
        severity: failure.severity,
        state: failure.state,
        ...(failure.procedure !== '' && { procedure: failure.procedure }),
        ...(failure.line > 0 && { line: failure.line }),
      }),
    };
  }

  /** What was bound, by name; undefined when there is nothing. */
  values(): Readonly<Record<string, JsonValue>> | undefined {
    const { parameters } = this;
    if (parameters.length === 0) return undefined;
    const values: Record<string, JsonValue> = {};
    for (const [index, { name, value }] of parameters.entries()) values[name === '' ? `#${index + 1}` : name] = value;
    return values;
  }

  #data(): JsonObject {
    const { sql, procedure, handle, login, user, outcome } = this;
    const database = outcome?.database ?? this.database;
    const parameters = this.values();
    return {
      command: this.command,
      ...(sql !== undefined && { query: sql.text, fingerprint: sql.fingerprint }),
      ...(procedure !== undefined && { procedure }),
      ...(parameters !== undefined && { parameters }),
      ...(handle !== undefined && { statement: handle }),
      ...(user !== undefined && { user }),
      ...(database !== undefined && database !== '' && { database }),
      ...(login !== undefined && loginData(login)),
      ...(outcome?.server !== undefined && { server: outcome.server }),
      ...(outcome?.rowCount !== undefined && { rows: outcome.rowCount }),
      ...(outcome !== undefined && outcome.results > 1 && { results: outcome.results }),
      ...(outcome?.returnStatus !== undefined && { returnStatus: outcome.returnStatus }),
      ...(outcome?.transaction !== undefined && { transaction: outcome.transaction }),
      ...((this.isCancelled || outcome?.isCancelled === true) && { cancelled: true }),
    };
  }
}

const argumentsOf = (parameters: readonly Parameter[]): string =>
  parameters
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
