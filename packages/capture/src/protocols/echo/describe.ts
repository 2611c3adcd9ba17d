/** What an echo looks like to people. */

import type { Micros, ProtocolId } from '@kubeshark/model';
import type { Description, Exchange, Span } from '../../dissect/dissector.ts';
import type { EchoMessage } from './wire.ts';

/** The example has no row in the catalogue, so that no user meets it; a real protocol's id needs no cast. */
export const ECHO = 'echo' as ProtocolId;

export class EchoCall implements Exchange {
  readonly protocol = ECHO;
  readonly id: number;
  requestStart: Micros | null = null;
  requestEnd: Micros | null = null;
  responseStart: Micros | null = null;
  responseEnd: Micros | null = null;
  readonly gap = 0;
  readonly truncated = false;
  /** Why there is no answer; empty while all is well. */
  failure = '';
  private request: EchoMessage | null = null;
  private response: EchoMessage | null = null;

  constructor(id: number) {
    this.id = id;
  }

  asked(message: EchoMessage, { first, last }: Span): this {
    this.request = message;
    this.requestStart = first;
    this.requestEnd = last;
    return this;
  }

  answered(message: EchoMessage, { first, last }: Span): this {
    this.response = message;
    this.responseStart = first;
    this.responseEnd = last;
    return this;
  }

  get requestSize(): number {
    return this.request?.size ?? 0;
  }

  get responseSize(): number {
    return this.response?.size ?? 0;
  }

  get status(): string | null {
    if (this.response === null) return null;
    return this.refused ? 'error' : 'ok';
  }

  get error(): boolean {
    return this.failure !== '' || this.refused;
  }

  private get refused(): boolean {
    return this.response?.text.startsWith('!') ?? false;
  }

  describe(): Description {
    const { request, response } = this;
    const errorText = this.failure !== '' ? this.failure : response?.text.slice(1);
    return {
      protocols: [ECHO],
      method: 'ECHO',
      endpoint: 'ECHO',
      summary: `ECHO ${request?.text ?? response?.text ?? ''}`,
      ...(this.error && errorText !== undefined && { errorText }),
      request: request && { size: request.size, text: request.text },
      response: response && { size: response.size, text: response.text },
      data: { echo: { id: this.id } },
    };
  }
}
