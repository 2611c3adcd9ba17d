/** A request and its reply while they are put together; `describe.ts` shows them. */

import type { CallGroup } from '../../dissect/call-group.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import { Half } from './half.ts';
import { Outcome } from './outcome.ts';
import { unknownSubject } from './subject.ts';
import { unknownLogin } from './user.ts';

export abstract class CallFacts extends CountedExchange {
  readonly protocol = 'mongodb';
  requestId = 0;
  subject = unknownSubject;
  readonly asked = new Half();
  readonly replied = new Half();
  /** What the reply says of its success, once there is one. */
  readonly outcome = new Outcome();
  /** The member of the command that says what it looks for: its role; 0 for none. */
  told = 0;
  /** Of a getMore the cursor it goes on with, else the one that the reply opened. */
  cursor = '';
  /** Documents in the request: of an insert, of updates. */
  sent: number | undefined;
  /** What the cursor was opened with. */
  origin: string | undefined;
  login = unknownLogin;
  /** How the request was made smaller, and how the reply. */
  compressor: string | undefined;
  replyCompressor: string | undefined;
  /** Nobody answers it. */
  isOneWay = false;
  missing: string | undefined;

  get status(): number | null {
    return this.outcome.isKnown ? this.outcome.code : null;
  }
  get error(): boolean {
    return this.outcome.code !== 0 || this.missing !== undefined;
  }

  endpoint(): string {
    return this.subject.endpoint;
  }

  group(): CallGroup {
    return this.subject;
  }

  /** The bytes go away: copies what still lies in them. */
  keep(): void {
    this.asked.keep();
    this.replied.keep();
  }

  /** Nobody looks at it any more: it becomes the next. */
  clear(): void {
    this.forget();
    this.subject = unknownSubject;
    this.asked.clear();
    this.replied.clear();
    this.outcome.clear();
    this.told = 0;
    this.cursor = '';
    this.sent = undefined;
    this.origin = undefined;
    this.login = unknownLogin;
    this.compressor = undefined;
    this.replyCompressor = undefined;
    this.isOneWay = false;
    this.missing = undefined;
  }
}
