/** What became of a call that was sent. */

export interface SentCall {
  readonly index: number;
  readonly loop: number;
  /** Milliseconds after the start: when it was due, and when it was sent. */
  readonly due: number;
  readonly sentAt: number;
  /** When nothing but this program kept it from being sent: it was due, and what it waits for was over. */
  readonly readyAt: number;
  /** Until the end of the answer; absent without one. */
  readonly latency?: number;
  /** Why there is no answer. */
  readonly failure?: string;
  readonly status?: number;
  /** Lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The answer was longer than what is kept. */
  readonly isBodyCut: boolean;
  /** Of a WebSocket: what the server said. */
  readonly messages: readonly string[];
}

/** An answer without the times of its call, which the runner knows. */
export type Received = Pick<SentCall, 'failure' | 'status' | 'headers' | 'body' | 'isBodyCut' | 'messages'>;

export const nothing = { headers: {}, body: new Uint8Array(0), isBodyCut: false, messages: [] } as const;

/** Of one answer; what is compared is what was captured, which is cut at half a megabyte by default. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name cannot be resolved now',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'connecting timed out',
  ABORT_ERR: 'stopped',
};

/** In words, the same for the same cause. */
export function failureOf(error: unknown): string {
  const { code = '', message, cause } = error as NodeJS.ErrnoException & { cause?: unknown };
  if (reasons[code] !== undefined) return reasons[code];
  if (cause instanceof Error) return failureOf(cause);
  return message === '' ? code || 'unknown failure' : message;
}

/** Collects an answer's body up to its limit. */
export class AnswerBody {
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  isCut = false;

  add(chunk: Uint8Array): void {
    const room = MAX_ANSWER_BYTES - this.#length;
    if (chunk.length > room) this.isCut = true;
    if (room <= 0) return;
    this.#parts.push(chunk.subarray(0, room));
    this.#length += Math.min(room, chunk.length);
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
