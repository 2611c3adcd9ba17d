/** Who is on the other end of a connection, and which database it uses. */

import { membersOf } from '../../json/row-keys.ts';

export class User {
  readonly name: string | undefined;
  readonly database: string | undefined;
  /** Their members of an entry, a comma before each. */
  readonly members: Uint8Array;

  constructor(name: string | undefined, database: string | undefined) {
    this.name = name;
    this.database = database;
    this.members = membersOf({ user: name, database });
  }

  /** The same user in another database. */
  in(database: string | undefined): User {
    return database === this.database ? this : new User(this.name, database);
  }
}

/** The beginning of the connection was not seen. */
export const unknownUser = new User(undefined, undefined);
