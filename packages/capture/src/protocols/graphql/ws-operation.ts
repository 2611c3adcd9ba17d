/** Calls of GraphQL over a WebSocket: an operation with all its results, and the opening of the connection. */

import type { JsonValue } from '@kubeshark/model';
import { parseJson } from '../../decode/json.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description } from '../../dissect/dissector.ts';
import type { WsText } from '../../ws/refiner.ts';
import { errorMessage, RequestView } from './describe.ts';
import { isObject, requestOf } from './request.ts';

/** Results listed of one operation; the rest is counted. */
export const MAX_RESULTS = 200;

/** `open`: nothing told the end, the capture is over. */
export type Ending = 'complete' | 'error' | 'stopped' | 'closed' | 'reset' | 'open';

const spanOf = ({ start, end }: WsText) => ({ first: start, last: end });

export class WsOperation extends CountedExchange {
  readonly protocol = 'graphql';
  readonly status = null;
  /** Bytes of results that are kept. */
  keptBytes = 0;
  readonly #path: string | undefined;
  #view: RequestView | undefined;
  #asked: JsonValue | undefined;
  /** Messages as they came; what is in them is read when somebody looks. */
  readonly #results: string[] = [];
  #count = 0;
  #firstError: JsonValue | undefined;
  #hasErrors = false;
  #ending: Ending = 'open';

  constructor(path: string | undefined) {
    super();
    this.#path = path;
  }

  ask(message: WsText, payload: JsonValue | undefined): void {
    this.countRequest(message.size, spanOf(message));
    this.#note(message);
    this.#asked = payload;
    const request = requestOf(payload);
    this.#view = new RequestView(request === undefined ? [] : [request]);
  }

  /** A result, or the errors that are there instead of one; keeps it while there is `room` bytes for it. */
  answer(
    message: WsText,
    payload: JsonValue | undefined,
    { isFailure, room }: { isFailure: boolean; room: number },
  ): void {
    this.countResponse(message.size, spanOf(message));
    this.#note(message);
    this.#count++;
    const errors = isFailure ? listOf(payload) : listOf(isObject(payload) ? payload['errors'] : undefined);
    if (isFailure || errors.length > 0) {
      if (!this.#hasErrors) this.#firstError = errors[0];
      this.#hasErrors = true;
    }
    if (this.#results.length < MAX_RESULTS && message.text.length <= room) {
      this.#results.push(message.text);
      this.keptBytes += message.text.length;
    } else {
      this.truncated = true;
    }
  }

  /** The last message of the operation, by either side. */
  end(ending: Ending, message?: WsText): void {
    this.#ending = ending;
    if (message === undefined) return;
    this.#note(message);
    if (message.side === 'server') this.countResponse(message.size, spanOf(message));
    else this.countRequest(message.size, { first: message.start, last: this.requestEnd ?? message.end });
  }

  #note({ gap, isTruncated }: WsText): void {
    this.gap += gap;
    this.truncated ||= isTruncated;
  }

  get #isSubscription(): boolean {
    return this.#view?.type === 'subscription';
  }

  /** Why there is no result; a subscription ends as it likes, unless the connection breaks. */
  get #failure(): string | undefined {
    if (this.#ending === 'reset') return 'connection reset before the operation was complete';
    if (this.#ending !== 'closed' || this.#isSubscription || this.#view === undefined) return undefined;
    return 'connection closed before the operation was complete';
  }

  get error(): boolean {
    return this.#hasErrors || this.#failure !== undefined;
  }

  endpoint(): string {
    return this.#view?.endpoint() ?? 'operation';
  }

  describe(): Description {
    const payloads = this.#results.map(payloadOf);
    const errors = payloads.flatMap(errorsOfPayload);
    const [only] = payloads;
    const isSeries = this.#count !== 1 || this.#isSubscription;
    return {
      protocols: ['graphql', 'ws'],
      method: this.#view?.type ?? '',
      endpoint: this.endpoint(),
      summary: this.#summary(),
      ...(this.error && { errorText: this.#hasErrors ? errorMessage(this.#firstError) : (this.#failure ?? '') }),
      request:
        this.requestStart === null
          ? null
          : {
              size: this.requestSize,
              ...(this.#path !== undefined && { path: this.#path }),
              ...this.#view?.facts(),
              ...bodyOf(this.#asked),
            },
      response:
        this.responseStart === null
          ? null
          : {
              size: this.responseSize,
              ...(errors.length > 0 && { errors }),
              ...(isSeries ? { messages: payloads } : bodyOf(only)),
            },
      data: { graphql: { results: this.#count } },
    };
  }

  #summary(): string {
    const endpoint = this.#view?.summary() ?? this.endpoint();
    if (!this.#isSubscription && this.#view !== undefined) return endpoint;
    const end = this.#ending === 'stopped' ? ', stopped by the client' : '';
    return `${endpoint}: ${this.#count} ${this.#count === 1 ? 'result' : 'results'}${end}`;
  }
}

/** `connection_init` and what the server says to it. Their payloads are not kept: they carry tokens. */
export class WsOpening extends CountedExchange {
  readonly protocol = 'graphql';
  readonly status = null;
  #failure: string | undefined;
  readonly #path: string | undefined;

  constructor(message: WsText, path: string | undefined) {
    super();
    this.#path = path;
    this.countRequest(message.size, spanOf(message));
  }

  answer(message: WsText, failure: string | undefined): void {
    this.countResponse(message.size, spanOf(message));
    this.#failure = failure;
  }

  fail(failure: string): void {
    this.#failure = failure;
  }

  get error(): boolean {
    return this.#failure !== undefined;
  }

  endpoint(): string {
    return 'connection_init';
  }

  describe(): Description {
    return {
      protocols: ['graphql', 'ws'],
      method: '',
      endpoint: this.endpoint(),
      summary: this.#failure === undefined ? 'connection_init' : `connection_init: ${this.#failure}`,
      ...(this.#failure !== undefined && { errorText: this.#failure }),
      request: { size: this.requestSize, ...(this.#path !== undefined && { path: this.#path }) },
      response: this.responseStart === null ? null : { size: this.responseSize },
    };
  }
}

function listOf(value: unknown): readonly JsonValue[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as JsonValue[]) : [value as JsonValue];
}

/** A list of errors, one error (in the older protocol), or the errors of a result. */
function errorsOfPayload(payload: JsonValue): readonly JsonValue[] {
  if (!isObject(payload)) return listOf(payload);
  return listOf('message' in payload ? payload : payload['errors']);
}

function payloadOf(text: string): JsonValue {
  const value = parseJson(text);
  return isObject(value) ? ((value['payload'] ?? null) as JsonValue) : null;
}

function bodyOf(payload: JsonValue | undefined): object {
  if (payload === undefined) return {};
  const text = JSON.stringify(payload);
  return { body: { size: Buffer.byteLength(text), mime: 'application/json', text } };
}
