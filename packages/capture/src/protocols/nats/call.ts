/** One message, or a request with its reply: the numbers at once, the bytes kept for whoever looks closer. */

import { asBuffer } from '../../decode/content.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { headersIn } from './headers.ts';
import { answerIn } from './jetstream.ts';
import type { Verb } from './wire.ts';

/** What one side said. */
export interface Half {
  readonly verb: Verb;
  readonly subject: string;
  readonly replyTo: string | undefined;
  readonly queueGroup: string | undefined;
  /** Id of a subscription. */
  readonly sid: string | undefined;
  /** What stands behind the verb, where it is neither subject nor size: JSON, the text of an error, a count. */
  readonly text: string;
  /** Headers and payload as far as they are kept. */
  content: Uint8Array;
  /** The content lies in its chunk, until it is copied. */
  isBorrowed: boolean;
  readonly headerBytes: number;
  readonly length: number;
  readonly start: number;
  end: number;
  size: number;
  gap: number;
}

/** What the server said of itself before, and who the client said it was. */
export interface Peers {
  readonly server?: string;
  readonly version?: string;
  readonly user?: string;
  readonly client?: string;
}

export const payloadOfHalf = ({ content, headerBytes }: Half): Uint8Array => content.subarray(headerBytes);

/** No messages for a pull request, and its time is up: how consumers wait. */
const NO_MESSAGES = 404;
const TIMED_OUT = 408;
const FAILURE = 400;
const OPENING_BRACE = 0x7b;

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'nats';
  readonly request: Half | null;
  readonly response: Half | null;
  readonly status: number | string | null;
  readonly error: boolean;
  /** Why there is no reply, when there should be one. */
  readonly missing: string | undefined;
  readonly peers: Peers;
  readonly limit: number;

  constructor(
    halves: {
      readonly request?: Half | undefined;
      readonly response?: Half | undefined;
      readonly missing?: string | undefined;
    },
    peers: Peers,
    limit: number,
  ) {
    super();
    this.request = halves.request ?? null;
    this.response = halves.response ?? null;
    if (this.request !== null) this.setRequest(this.request);
    if (this.response !== null) this.setResponse(this.response);
    this.truncated = isCut(this.request) || isCut(this.response);
    this.missing = halves.missing;
    this.peers = peers;
    this.limit = limit;
    const { status, isError } = this.response === null ? NO_ANSWER : outcomeOf(this.response);
    this.status = status;
    this.error = isError || this.missing !== undefined;
  }
}

const isCut = (half: Half | null): boolean => half !== null && half.content.length < half.length;

interface Outcome {
  readonly status: number | string | null;
  readonly isError: boolean;
}
const NO_ANSWER: Outcome = { status: null, isError: false };
const FINE: Outcome = { status: 0, isError: false };

/** Status line of a message from the server, error of JetStream, `-ERR`; 0 for anything else. */
function outcomeOf(half: Half): Outcome {
  if (half.verb === '-ERR') return { status: '-ERR', isError: true };
  const status = statusLineOf(half);
  if (status !== undefined)
    return { status, isError: status >= FAILURE && status !== NO_MESSAGES && status !== TIMED_OUT };
  // Only what says so is read as JSON for every call.
  if (half.content[half.headerBytes] !== OPENING_BRACE) return FINE;
  const payload = payloadOfHalf(half);
  if (!asBuffer(payload).includes('"err_code"')) return FINE;
  const code = answerIn(payload)?.error?.code;
  return code === undefined ? FINE : { status: code, isError: true };
}

/** The status of a message that the server made itself: `NATS/1.0 503`. */
export function statusLineOf({ content, headerBytes }: Half): number | undefined {
  return headerBytes === 0 ? undefined : headersIn(content.subarray(0, headerBytes))?.status;
}
