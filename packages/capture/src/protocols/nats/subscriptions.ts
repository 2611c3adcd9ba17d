/** What a client of a connection has subscribed to, by the id it gave. */

import type { Half } from './halves.ts';
import { matches } from './words.ts';

/** Subscriptions remembered of one connection: a client with more is found by its inboxes alone. */
export const MAX_SUBSCRIPTIONS = 4096;
const INBOX = '_INBOX.';

export class Subscriptions {
  readonly #subjects = new Map<string, string>();
  /** The connection was joined late: of what was subscribed to before, only inboxes tell. */
  readonly #isLate: boolean;

  constructor(isLate: boolean) {
    this.#isLate = isLate;
  }

  add({ sid, subject }: Half): void {
    if (sid !== undefined && this.#subjects.size < MAX_SUBSCRIPTIONS) this.#subjects.set(sid, subject);
  }

  /** Ends one, unless it lives on until so many messages have come; what it was for. */
  end({ sid = '', text }: Half): string {
    const subject = this.#subjects.get(sid) ?? '';
    if (text === '') this.#subjects.delete(sid);
    return subject;
  }

  of(sid: string | undefined): string | undefined {
    return this.#subjects.get(sid ?? '');
  }

  /** Will this connection get what is sent to the subject? */
  reach(subject: string): boolean {
    const isInbox = subject.startsWith(INBOX);
    if (this.#isLate && isInbox) return true;
    for (const pattern of this.#subjects.values()) if (matches(pattern, subject)) return true;
    return this.#subjects.size >= MAX_SUBSCRIPTIONS && isInbox;
  }
}
