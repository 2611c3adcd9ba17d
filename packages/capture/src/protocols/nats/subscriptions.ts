/** What a client of a connection has subscribed to, by the id it gave. */

import { Slab } from '../../decode/slab.ts';
import { areSame } from '../../decode/words.ts';
import type { Half } from './halves.ts';
import { isInbox } from './subjects.ts';
import { matches } from './words.ts';

/** Subscriptions remembered of one connection: a client with more is found by its inboxes alone. */
export const MAX_SUBSCRIPTIONS = 4096;
const DOT = 0x2e;
/** A pattern that matches whatever the last word is. */
const ANY_LAST_WORD = /(?:^|\.)[*>]$/;
const NOTHING = new Uint8Array(0);
/** Of all connections. */
const beginnings = new Slab();

export class Subscriptions {
  readonly #subjects = new Map<string, string>();
  /** The connection was joined late: of what was subscribed to before, only inboxes tell. */
  readonly #isLate: boolean;
  /** What the subject found to be reached last began with, to its last dot: whatever follows that is reached as well. */
  #reached = NOTHING;
  #reachedStart = 0;
  #reachedBytes = 0;

  constructor(isLate: boolean) {
    this.#isLate = isLate;
  }

  add({ sid, subject }: Half): void {
    this.#reachedBytes = 0;
    if (sid !== undefined && this.#subjects.size < MAX_SUBSCRIPTIONS) this.#subjects.set(sid, subject);
  }

  /** Ends one, unless it lives on until so many messages have come; what it was for. */
  end({ sid = '', text }: Half): string {
    this.#reachedBytes = 0;
    const subject = this.#subjects.get(sid) ?? '';
    if (text === '') this.#subjects.delete(sid);
    return subject;
  }

  of(sid: string | undefined): string | undefined {
    return this.#subjects.get(sid ?? '');
  }

  /** Will this connection get the reply? */
  reachReplyTo(half: Half): boolean {
    const { names, replyStart, replyEnd } = half;
    const bytes = this.#reachedBytes;
    const wordStart = startOfLastWord(names, replyStart, replyEnd);
    const isAsLong = bytes > 0 && wordStart - replyStart === bytes;
    if (isAsLong && areSame(this.#reached, this.#reachedStart, names, replyStart, bytes)) return true;
    const isToInbox = isInbox(names, replyStart, replyEnd);
    if (this.#isLate && isToInbox) return true;
    const subject = half.replyTo ?? '';
    for (const pattern of this.#subjects.values()) {
      if (!matches(pattern, subject)) continue;
      if (ANY_LAST_WORD.test(pattern)) this.#remember(names, replyStart, wordStart);
      return true;
    }
    return this.#subjects.size >= MAX_SUBSCRIPTIONS && isToInbox;
  }

  #remember(names: Uint8Array, start: number, end: number): void {
    this.#reachedStart = beginnings.copy(names, start, end);
    this.#reached = beginnings.block;
    this.#reachedBytes = end - start;
  }
}

/** Behind the last dot. */
function startOfLastWord(names: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && names[at - 1] !== DOT) at--;
  return at;
}
