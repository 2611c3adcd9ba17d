/** What a Redis call looks like to people: summary, endpoint, and the values of `redis.*`. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { foldIds } from '../../decode/fold-ids.ts';
import type { Description, Exchange } from '../../dissect/dissector.ts';
import { hitOf } from './hits.ts';
import { keysOf } from './keys.ts';
import { errorOf, type RespValue } from './values.ts';

/** Characters of a command shown in one line of a list. */
export const MAX_SUMMARY = 200;
/** Arguments listed one by one; the rest of a bulk insert is told by the size. */
export const MAX_ARGS = 1024;

export interface Half {
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

/** A command as it was sent, secrets already gone. */
export interface Command extends Half {
  readonly name: string;
  readonly words: readonly string[];
  readonly isTruncated: boolean;
}

export interface Reply extends Half {
  readonly value: RespValue;
}

/** One word as a person would type it. */
const quoted = (word: string): string => (/^[^\s"']+$/.test(word) ? word : JSON.stringify(word));

export function lineOf(words: readonly string[]): string {
  let line = '';
  for (const word of words) {
    line += `${line === '' ? '' : ' '}${quoted(word.length > MAX_SUMMARY ? word.slice(0, MAX_SUMMARY) : word)}`;
    if (line.length > MAX_SUMMARY) return `${line.slice(0, MAX_SUMMARY)}…`;
  }
  return line;
}

/** A command with its reply, or what there is of them; a message the server sent by itself has no command. */
export class RedisExchange implements Exchange {
  readonly protocol = 'redis';
  readonly requestStart: number | null;
  readonly requestEnd: number | null;
  readonly responseStart: number | null;
  readonly responseEnd: number | null;
  readonly requestSize: number;
  readonly responseSize: number;
  readonly status: number | string | null;
  readonly error: boolean;
  readonly truncated: boolean;
  readonly gap: number;
  readonly #command: Command | undefined;
  readonly #reply: Reply | undefined;
  readonly #failure: string | undefined;
  readonly #error: RespValue['error'];

  /** `failure`: why there is no reply, when there should be one. */
  constructor(command: Command | undefined, reply: Reply | undefined, failure?: string) {
    this.#command = command;
    this.#reply = reply;
    this.#failure = failure;
    this.requestStart = command?.start ?? null;
    this.requestEnd = command?.end ?? null;
    this.responseStart = reply?.start ?? null;
    this.responseEnd = reply?.end ?? null;
    this.requestSize = command?.size ?? 0;
    this.responseSize = reply?.size ?? 0;
    this.#error = reply?.value.error ?? (command?.name === 'EXEC' ? errorInside(reply?.value.value) : undefined);
    this.status = reply === undefined ? null : (this.#error?.kind ?? 0);
    this.error = this.#error !== undefined || failure !== undefined;
    this.truncated = command?.isTruncated === true || reply?.value.isTruncated === true;
    this.gap = 0;
  }

  describe(): Description {
    const outcome = { status: this.status, error: this.#error, failure: this.#failure };
    return describeRedis(this.#command, this.#reply, outcome);
  }
}

/** How a call ended. */
export interface Outcome {
  readonly status: number | string | null;
  readonly error: RespValue['error'];
  /** Why there is no reply, when there should be one. */
  readonly failure: string | undefined;
}

export function describeRedis(
  command: Command | undefined,
  reply: Reply | undefined,
  { status, error, failure }: Outcome,
): Description {
  const request = command === undefined ? null : { size: command.size };
  const response = reply === undefined ? null : { size: reply.size, status: status ?? 0 };
  const errorText = error?.text ?? failure;
  const common = { protocols: ['redis'] as const, request, response, ...(errorText !== undefined && { errorText }) };
  if (command === undefined) return { ...common, ...describePush(reply?.value) };
  const keys = keysOf(command.words);
  const hit = reply === undefined || reply.value.error ? undefined : hitOf(command.name, reply.value.value);
  const nameWords = command.name.split(' ').length;
  return {
    ...common,
    method: command.name,
    endpoint: keys[0] === undefined ? command.name : `${command.name} ${foldIds(keys[0])}`,
    summary: lineOf(command.words),
    data: {
      redis: {
        command: command.name,
        ...(keys[0] !== undefined && { key: keys[0], keys }),
        args: command.words.slice(nameWords, nameWords + MAX_ARGS),
        ...(reply !== undefined && { response: reply.value.value }),
        ...(hit !== undefined && { hit }),
        ...(error && { errorKind: error.kind }),
      },
    },
  };
}

/** A transaction is answered with the replies of its commands, errors among them. */
function errorInside(replies: JsonValue | undefined): RespValue['error'] {
  if (!Array.isArray(replies)) return undefined;
  for (const reply of replies as readonly JsonValue[]) {
    if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) continue;
    const { error } = reply as JsonObject;
    if (typeof error === 'string') return errorOf(error);
  }
  return undefined;
}

/** A published message, an invalidation, a line of MONITOR, a replicated command: the server spoke by itself. */
function describePush(value: RespValue | undefined): {
  method: string;
  endpoint: string;
  summary: string;
  data: { redis: JsonObject };
} {
  const items: readonly JsonValue[] = Array.isArray(value?.value) ? (value.value as readonly JsonValue[]) : [];
  const [kind, ...rest] = items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
  if (kind === undefined) {
    const text = typeof value?.value === 'string' ? value.value : JSON.stringify(value?.value ?? null);
    return {
      method: 'reply',
      endpoint: 'reply',
      summary: text.slice(0, MAX_SUMMARY),
      data: { redis: { command: 'reply', response: value?.value ?? null } },
    };
  }
  const channel = rest.length > 1 ? rest.at(-2) : rest[0];
  return {
    method: kind,
    endpoint: channel === undefined ? kind : `${kind} ${foldIds(channel)}`,
    summary: lineOf([kind, ...rest]),
    data: { redis: { command: kind, ...(channel !== undefined && { key: channel }), args: rest, response: items } },
  };
}
