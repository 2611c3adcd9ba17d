/** Names of topics by id: newer versions say the id alone, and the name was told on another connection. */

import type { NameTable } from '../../names/name-table.ts';

/** Topics of the clusters one agent sees; the oldest learnt leaves. */
export const MAX_TOPICS = 16_384;

export class TopicNames {
  readonly #names = new Map<string, string>();
  /** How often a name was learnt: what is kept with names in it is good while it stays. */
  changes = 0;

  learn(name: string, id: string): void {
    if (this.#names.get(id) === name) return;
    if (this.#names.size >= MAX_TOPICS) {
      const oldest = this.#names.keys().next();
      if (oldest.done !== true) this.#names.delete(oldest.value);
    }
    this.#names.set(id, name);
    this.changes++;
  }

  of(id: string): string | undefined {
    return this.#names.get(id);
  }
}

/** What the connections of one engine have in common is its table of names: each engine has topics of its own. */
const tables = new WeakMap<NameTable, TopicNames>();

export function topicNamesOf(engine: NameTable): TopicNames {
  let names = tables.get(engine);
  if (names === undefined) {
    names = new TopicNames();
    tables.set(engine, names);
  }
  return names;
}
