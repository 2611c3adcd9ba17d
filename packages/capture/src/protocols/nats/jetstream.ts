/** JetStream in subjects and payloads: https://docs.nats.io/reference/reference-protocols/nats_api_reference */

import type { JsonObject } from '@kubeshark/model';
import { parseJson } from '../../decode/json.ts';
import { wordsOf } from '../../decode/words.ts';

const OPENING_BRACE = 0x7b;
const API = '$JS.API.';
const ACK = '$JS.ACK.';
/** `CONSUMER.MSG.NEXT.ORDERS.billing`: names may look like verbs, so the verbs of two words are named. */
const OPERATION =
  /^([A-Z]+\.(?:MSG\.[A-Z]+|LEADER\.STEPDOWN|PEER\.REMOVE|DURABLE\.CREATE|TEMPLATE\.[A-Z]+|[A-Z]+)|INFO)(?:\.(.*))?$/;
/** An answer longer than this is no error and no acknowledgement. */
export const MAX_ANSWER_BYTES = 64 * 1024;

export interface Operation {
  /** `STREAM.CREATE`, `CONSUMER.MSG.NEXT`; `ACK` for an acknowledgement. */
  readonly operation: string;
  readonly stream?: string;
  readonly consumer?: string;
  /** Position in the stream of the message acknowledged. */
  readonly sequence?: number;
}

/** What a subject asks of JetStream; undefined for any other subject. */
export function operationOf(subject: string): Operation | undefined {
  if (subject.startsWith(ACK)) return acknowledgement(subject.slice(ACK.length).split('.'));
  // With a domain: $JS.<domain>.API.…
  const api = subject.startsWith(API) ? subject.slice(API.length) : /^\$JS\.[^.]+\.API\.(.*)/.exec(subject)?.[1];
  if (api === undefined) return undefined;
  const [, operation, names = ''] = OPERATION.exec(api) ?? [];
  if (operation === undefined) return undefined;
  const [stream, consumer] = names.split('.');
  return {
    operation,
    ...(stream !== undefined && stream !== '' && { stream }),
    ...(consumer !== undefined && operation.startsWith('CONSUMER') && { consumer }),
  };
}

/** `stream.consumer.delivered.streamSeq.consumerSeq.time.pending`, since 2.9 with domain and account before it. */
function acknowledgement(words: readonly string[]): Operation {
  const [stream, consumer, , sequence] = words.length >= 9 ? words.slice(2) : words;
  const number = Number(sequence);
  return {
    operation: 'ACK',
    ...(stream !== undefined && { stream }),
    ...(consumer !== undefined && { consumer }),
    ...(Number.isSafeInteger(number) && { sequence: number }),
  };
}

export interface Answer {
  readonly stream?: string;
  readonly sequence?: number;
  readonly error?: { readonly code: number; readonly errorCode: number | undefined; readonly description: string };
}

/** What JetStream answers to a request, or to a message that it stored; undefined for any other payload. */
export function answerIn(payload: Uint8Array): Answer | undefined {
  if (payload[0] !== OPENING_BRACE || payload.length > MAX_ANSWER_BYTES) return undefined;
  const answer = objectIn(Buffer.from(payload).toString('utf8'));
  const { type, error, stream, seq } = answer;
  const isApi = typeof type === 'string' && type.startsWith('io.nats.jetstream.');
  const failure = error as JsonObject | undefined;
  if (failure !== null && typeof failure === 'object' && typeof failure['code'] === 'number') {
    if (!isApi && typeof failure['err_code'] !== 'number') return undefined;
    const { code, err_code: errorCode, description } = failure;
    const error = {
      code,
      errorCode: typeof errorCode === 'number' ? errorCode : undefined,
      description: typeof description === 'string' ? description : '',
    };
    return { error };
  }
  if (typeof stream === 'string' && typeof seq === 'number') return { stream, sequence: seq };
  return isApi ? {} : undefined;
}

/** The object a text spells; empty when it is none. */
export function objectIn(text: string): JsonObject {
  const value = parseJson(text);
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** What finds them in four bytes at once; around one so many are looked at one by one, as they seldom stand alone. */
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;
const NEAR_BYTES = 8;
const [E, R, S, T, Y] = Array.from('ersty', (letter) => letter.charCodeAt(0));

/** Is it worth asking `answerIn`? Keys may be spelt with escapes: a payload with any may be one. */
export function mayBeAnswer(bytes: Uint8Array, start: number, end: number): boolean {
  if (start >= end || bytes[start] !== OPENING_BRACE || end - start > MAX_ANSWER_BYTES) return false;
  const words = wordsOf(bytes);
  for (let at = start + 1; at < end; ) {
    // Texts are long, and nothing in them tells.
    if (at <= end - 4 && !hasMark(words.getInt32(at, true))) at += 4;
    else {
      for (const near = Math.min(end, at + NEAR_BYTES); at < near; at++) {
        const byte = bytes[at];
        if (byte === BACKSLASH) return true;
        if (byte === QUOTE && at + 2 < end && isTelling(bytes[at + 1], bytes[at + 2])) return true;
      }
    }
  }
  return false;
}

/** Is one of these four bytes a quote or a backslash? */
function hasMark(four: number): boolean {
  const quotes = four ^ QUOTES;
  const backslashes = four ^ BACKSLASHES;
  return ((((quotes - ONES) & ~quotes) | ((backslashes - ONES) & ~backslashes)) & HIGH_BITS) !== 0;
}

/** How the keys begin that tell an answer: `seq`, `type`, `err_code`. */
const isTelling = (first: number | undefined, second: number | undefined): boolean =>
  (first === S && second === E) || (first === T && second === Y) || (first === E && second === R);
