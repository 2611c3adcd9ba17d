/** Who logs in, out of the first token of a SASL exchange: names only, nothing else of a token is ever kept. */

import { printable } from '../../decode/printable.ts';
import type { Login } from './call.ts';
import { KafkaCursor } from './cursor.ts';

/** From it on the token stands behind a compact length. */
const COMPACT_AUTHENTICATE = 2;

const NUL = 0;
/** Longer than any account's name. */
export const MAX_USER_BYTES = 256;

/** The user in a client's token; undefined for other mechanisms and for what is not a first token. */
export function userIn(token: Uint8Array, mechanism: string | undefined): string | undefined {
  if (mechanism === 'PLAIN') {
    // RFC 4616: authorization identity NUL user NUL password
    const start = token.indexOf(NUL) + 1;
    const end = token.indexOf(NUL, start);
    return start > 0 && end > start && end - start <= MAX_USER_BYTES
      ? printable(token.subarray(start, end))
      : undefined;
  }
  if (mechanism?.startsWith('SCRAM-') !== true) return undefined;
  // RFC 5802 §7: n,,n=user,r=nonce — with `,` and `=` in names escaped.
  const user = /^[ny](?:=[^,]*)?,[^,]*,n=([^,]{1,256}),r=/.exec(printable(token))?.[1];
  return user?.replaceAll('=2C', ',').replaceAll('=3D', '=');
}

/** The logins of a connection: the mechanism comes first, the user with a token. */
export class Logins {
  #mechanism: string | undefined;

  /** A SaslHandshake. */
  handshake(message: Uint8Array): Login {
    const cursor = new KafkaCursor(message);
    this.#mechanism = printable(cursor.view(cursor.stringLength(false)));
    return { mechanism: this.#mechanism, user: undefined };
  }

  /** A SaslAuthenticate. */
  step(message: Uint8Array, version: number): Login {
    const cursor = new KafkaCursor(message);
    const token = cursor.sized(cursor.length(version >= COMPACT_AUTHENTICATE));
    return token === null ? { mechanism: this.#mechanism, user: undefined } : this.token(token);
  }

  token(token: Uint8Array): Login {
    return { mechanism: this.#mechanism, user: userIn(token, this.#mechanism) };
  }
}
