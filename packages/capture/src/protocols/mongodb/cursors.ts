/** Open cursors of a connection, with what opened them: later batches say only the number. */

import { bsonDocument } from '../../decode/bson.ts';
import type { CallFacts } from './call.ts';
import { subjectOf } from './subject.ts';

/** Open cursors remembered of one connection, with what opened them. */
export const MAX_CURSORS = 256;
/** Characters of the filter that opened a cursor. */
const MAX_ORIGIN = 120;

interface Origin {
  readonly collection: string;
  readonly text: string;
}

export class Cursors {
  readonly #open = new Map<string, Origin>();

  /** A request goes on with a cursor: what opened it may be known. */
  goOn(call: CallFacts): void {
    const origin = this.#open.get(call.cursor);
    if (origin === undefined) return;
    call.origin = origin.text;
    const { command, database, collection } = call.subject;
    if (collection === '') call.subject = subjectOf(command, database, origin.collection);
  }

  /** A reply is whole: it opened a cursor, went on with one, or was its end. */
  follow(call: CallFacts): void {
    const { cursor } = call.outcome;
    if (call.cursor !== '') {
      if (cursor === '0') this.#open.delete(call.cursor);
      return;
    }
    if (cursor === '0') return;
    call.cursor = cursor;
    const oldest = this.#open.keys().next();
    if (this.#open.size >= MAX_CURSORS && oldest.done !== true) this.#open.delete(oldest.value);
    this.#open.set(cursor, { collection: call.subject.collection, text: originOf(call) });
  }
}

/** `find {"status":"open"}`. */
function originOf({ subject: { command }, asked }: CallFacts): string {
  const { body, documents } = asked.part;
  const at = documents[0]?.at;
  if (!asked.isThere || at === undefined) return command;
  const { filter, pipeline } = bsonDocument(body, at).value;
  const text = JSON.stringify(filter ?? pipeline ?? {});
  return `${command} ${text.length > MAX_ORIGIN ? `${text.slice(0, MAX_ORIGIN)}…` : text}`;
}
