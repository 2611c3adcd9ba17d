/** One message, or a request with its reply: the numbers at once, the bytes kept for whoever looks closer. */

import { asBuffer } from '../../decode/content.ts';
import type { CallGroup } from '../../dissect/call-group.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { Half } from './halves.ts';
import { headersIn } from './headers.ts';
import { answerIn } from './jetstream.ts';
import { endpointOf } from './subjects.ts';

/** What the server said of itself before, and who the client said it was. */
export interface Peers {
  readonly server?: string;
  readonly version?: string;
  readonly user?: string;
  readonly client?: string;
}

/** No messages for a pull request, and its time is up: how consumers wait. */
const NO_MESSAGES = 404;
const TIMED_OUT = 408;
const FAILURE = 400;

/** The halves of a call: there is one of them at least. */
export interface Halves {
  readonly request?: Half | undefined;
  readonly response?: Half | undefined;
  /** Why there is no reply, when there should be one. */
  readonly missing?: string | undefined;
}

const NOBODY: Peers = {};
const NO_HALF = new Half();

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'nats';
  request: Half | null = null;
  response: Half | null = null;
  /** What the call is about: the client's word, or what the server said by itself. */
  main: Half = NO_HALF;
  status: number | string | null = null;
  error = false;
  missing: string | undefined;
  /** JetStream may say something in the response. */
  mayAnswer = false;
  peers = NOBODY;
  limit = 0;

  protected begin({ request, response, missing }: Halves, peers: Peers, limit: number): void {
    this.gap = 0;
    this.request = request ?? null;
    this.response = response ?? null;
    this.main = request ?? response ?? NO_HALF;
    this.requestStart = null;
    this.requestEnd = null;
    this.requestSize = 0;
    this.responseStart = null;
    this.responseEnd = null;
    this.responseSize = 0;
    if (request !== undefined) this.setRequest(request);
    if (response !== undefined) this.setResponse(response);
    this.truncated = request?.isCut === true || response?.isCut === true;
    this.missing = missing;
    this.peers = peers;
    this.limit = limit;
    this.mayAnswer = response?.mayAnswer === true;
    const { status, isError } = response === undefined ? NO_ANSWER : outcomeOf(response, this.mayAnswer);
    this.status = status;
    this.error = isError || missing !== undefined;
  }

  /** Nobody looks at it any more. */
  protected clear(): void {
    this.request = null;
    this.response = null;
    this.main = NO_HALF;
  }

  endpoint(): string {
    const { about, verb, subject } = this.main;
    return about?.group.endpoint ?? endpointOf(verb, subject);
  }

  group(): CallGroup | null {
    return this.main.about?.group ?? null;
  }
}

interface Outcome {
  readonly status: number | string | null;
  readonly isError: boolean;
}
const NO_ANSWER: Outcome = { status: null, isError: false };
const FINE: Outcome = { status: 0, isError: false };

/** Status line of a message from the server, error of JetStream, `-ERR`; 0 for anything else. */
function outcomeOf(half: Half, mayAnswer: boolean): Outcome {
  if (half.verb === '-ERR') return { status: '-ERR', isError: true };
  const status = statusLineOf(half);
  if (status !== undefined)
    return { status, isError: status >= FAILURE && status !== NO_MESSAGES && status !== TIMED_OUT };
  // Only what says so is read as JSON for every call.
  if (!mayAnswer || !asBuffer(half.payload).includes('"err_code"')) return FINE;
  const code = answerIn(half.payload)?.error?.code;
  return code === undefined ? FINE : { status: code, isError: true };
}

/** The status of a message that the server made itself: `NATS/1.0 503`. */
export const statusLineOf = (half: Half): number | undefined =>
  half.headerBytes === 0 ? undefined : headersIn(half.headers)?.status;
