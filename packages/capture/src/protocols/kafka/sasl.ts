/** Who logs in, out of the first token of a SASL exchange: names only, nothing else of a token is ever kept. */

import { printable } from '../../decode/printable.ts';

const NUL = 0;
/** Longer than any account's name. */
const MAX_USER_BYTES = 256;

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
