/** Names of statements, portals and people, with what is written of them. */

import { Interner } from '../../decode/interner.ts';
import { membersOf } from '../../json/row-keys.ts';

/** The name of a prepared statement or of a portal; empty for the unnamed one. */
export interface Name {
  readonly text: string;
  /** The member `statement` of an entry, behind a comma; nothing for the unnamed one. */
  readonly member: Uint8Array;
}

const names = new Interner<Name>((latin1) => {
  const text = Buffer.from(latin1, 'latin1').toString('utf8');
  return { text, member: membersOf({ statement: text === '' ? undefined : text }) };
});

/** Where text that ends with a zero byte ends; at `limit` when the message was cut. */
export function endOfText(bytes: Uint8Array, from: number, limit: number): number {
  let at = from;
  while (at < limit && bytes[at] !== 0) at++;
  return Math.min(at, limit);
}

/** The name that begins at `from`. */
export const nameAt = (bytes: Uint8Array, from: number, limit: number): Name =>
  names.of(bytes, Math.min(from, limit), endOfText(bytes, from, limit));

/** Who is on the other end of a connection, as it said at its beginning. */
export class Login {
  readonly user: string | undefined;
  readonly database: string | undefined;
  /** Their members of an entry, a comma before each. */
  readonly members: Uint8Array;

  constructor(user: string | undefined, database: string | undefined) {
    this.user = user;
    this.database = database;
    this.members = membersOf({ user, database });
  }
}

/** The beginning of the connection was not seen. */
export const unknownLogin = new Login(undefined, undefined);
