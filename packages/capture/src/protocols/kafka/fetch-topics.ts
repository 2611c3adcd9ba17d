/** The topics of a fetch session: an incremental fetch says only what changed, the call is about all of them. */

import type { Facts } from './scan.ts';

/** Topics remembered of a fetch session; a call that names none lists them. */
export const MAX_SESSION_TOPICS = 256;
/** Looking through a list is faster than making a set below it. */
export const FEW = 16;

export class FetchTopics {
  /** Names or ids. */
  #topics: readonly string[] = [];

  /** Takes what a fetch says; the topics of its session, null when it names all itself. */
  follow({ sessionEpoch, topics, forgotten }: Facts): readonly string[] | null {
    if (sessionEpoch <= 0) {
      this.#topics = first(topics);
      return null;
    }
    if (forgotten !== null || !this.#hasAll(topics)) {
      const kept = this.#topics.filter((topic) => forgotten?.has(topic) !== true);
      this.#topics = first([...kept, ...topics]);
    }
    return this.#topics;
  }

  #hasAll(topics: readonly string[]): boolean {
    if (topics.length > FEW) return new Set(topics).isSubsetOf(new Set(this.#topics));
    for (let i = 0; i < topics.length; i++) if (!this.#topics.includes(topics[i] ?? '')) return false;
    return true;
  }
}

const first = (topics: readonly string[]): readonly string[] => [...new Set(topics)].slice(0, MAX_SESSION_TOPICS);
