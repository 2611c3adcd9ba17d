/** Who speaks and with what, as far as the connection's beginning told. */

import { membersOf } from '../../json/row-keys.ts';

interface LoginFacts {
  readonly user?: string | undefined;
  readonly mechanism?: string | undefined;
  readonly application?: string | undefined;
}

export class Login {
  readonly facts: LoginFacts;
  /** The members of an entry, a comma before each. */
  readonly members: Uint8Array;

  constructor(facts: LoginFacts) {
    this.facts = facts;
    const { user, mechanism: authentication, application } = facts;
    this.members = membersOf({ user, authentication, application });
  }

  /** With what else was told. */
  and(facts: LoginFacts): Login {
    return new Login({ ...this.facts, ...facts });
  }
}

export const unknownLogin = new Login({});
