/** What calls of memcached look like to people. */

import type { JsonObject, Request, Response } from '@kubeshark/model';
import { foldIds } from '../../decode/fold-ids.ts';
import { plainPayload } from '../../decode/payload.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description } from '../../dissect/dissector.ts';
import type { BodyCollector } from '../../http/body.ts';
import type { MemcachedCall } from './open-call.ts';

const MAX_SUMMARY = 200;
/** Reads that can miss. */
const reads = /^(gets?|gats?|getq|getkq?|gatk?q?|mg)$/;
/** Replies that say that something is wrong; others only say how it went. */
const wrong =
  /^(ERROR|CLIENT_ERROR|SERVER_ERROR|TOO_LARGE|INVALID_ARGUMENTS|NON_NUMERIC|WRONG_VBUCKET|AUTH_ERROR|UNKNOWN_COMMAND|OUT_OF_MEMORY|STATUS_\d+)$/;

export class MemcachedExchange extends CountedExchange {
  readonly protocol = 'memcached';
  readonly #call: MemcachedCall;
  readonly #limit: number;

  /** `limit`: bytes of a value shown. */
  constructor(call: MemcachedCall, limit: number) {
    super();
    this.#call = call;
    this.#limit = limit;
    const { start, end, size, replyStart, replyEnd, replySize } = call;
    if (start !== null) this.setRequest({ start, end, size });
    if (replyStart !== null) this.setResponse({ start: replyStart, end: replyEnd, size: replySize });
    this.gap = call.gap;
    this.truncated = call.sent?.isCut === true || call.received?.isCut === true;
  }

  get status(): number | string | null {
    const { replyStart, word } = this.#call;
    if (replyStart === null) return null;
    return wrong.test(word) ? word : 0;
  }
  get error(): boolean {
    return this.#call.failure !== undefined || wrong.test(this.#call.word);
  }

  endpoint(): string {
    const { name, keys } = this.#call;
    return keys[0] === undefined ? name : `${name} ${foldIds(keys[0])}`;
  }

  describe(): Description {
    const call = this.#call;
    const { name, keys, start, replyStart, word, text, failure } = call;
    const status = this.status ?? 0;
    const errorText = failure ?? (wrong.test(word) ? `${word} ${text}`.trim() : undefined);
    return {
      protocols: ['memcached'],
      method: name,
      endpoint: this.endpoint(),
      summary: clipped(`${name} ${keys.length > 0 ? keys.join(' ') : call.args.join(' ')}`.trimEnd()),
      ...(errorText !== undefined && { errorText }),
      request: start === null ? null : this.#half(call.size, call.sent),
      response:
        replyStart === null ? null : { ...this.#half(call.replySize, call.received), ...replyParts(call, status) },
      data: { memcached: dataOf(call) },
    };
  }

  #half(size: number, body: BodyCollector | undefined): Request {
    const shown = body && plainPayload(body.bytes, { size: body.size, isCut: body.isCut, limit: this.#limit });
    return { size, ...(shown !== undefined && { body: shown }) };
  }
}

function replyParts({ word, text, stats, hits }: MemcachedCall, status: number | string): Omit<Response, 'size'> {
  return {
    status,
    reply: text === '' ? word : `${word} ${text}`,
    ...(hits > 1 && { values: hits }),
    ...(stats.length > 0 && { stats: Object.fromEntries(stats) }),
  };
}

function dataOf(call: MemcachedCall): JsonObject {
  const { name, keys, args, replyStart, hits, isQuiet, word, text } = call;
  const isAnswered = (replyStart !== null && !wrong.test(word)) || isQuiet;
  return {
    command: name,
    ...(keys.length > 0 && { key: keys }),
    ...(args.length > 0 && { args }),
    ...(reads.test(name) && isAnswered && { hit: hits > 0 }),
    ...(word !== '' && { reply: word === 'NUMBER' ? text : word }),
  };
}

const clipped = (text: string) => (text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text);
