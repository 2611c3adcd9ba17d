import type { Dissector, Side } from '../../dissect/dissector.ts';
import { TlsSession } from './session.ts';
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  HANDSHAKE,
  HEADER_BYTES,
  isHeader,
  type TlsRecord,
} from './wire.ts';

/** TLS 1.0 to 1.3 over TCP, from its beginning or mid-stream; opened with the keys of `context.keys`. */
export const tls: Dissector<TlsRecord> = {
  id: 'tls',
  transports: ['tcp'],
  probe(sample, side) {
    const known = Math.min(sample.length, HEADER_BYTES);
    for (let i = 0; i < known; i++) if (!mayBegin(sample, i)) return 'no';
    if (sample.length < HEADER_BYTES + 1) return 'more';
    return isHeader(sample, 0) && fits(sample, side) ? 'yes' : 'no';
  },
  open: (context) => new TlsSession(context),
};

/** Type, major version 3, minor version up to 4. */
function mayBegin(sample: Uint8Array, i: number): boolean {
  const octet = sample[i]!;
  if (i === 0) return octet >= CHANGE_CIPHER_SPEC && octet <= APPLICATION_DATA;
  if (i === 1) return octet === 3;
  return i !== 2 || octet <= 4;
}

const HELLO_REQUEST = 0;
const LAST_HANDSHAKE_TYPE = 25;

/** What the first byte of a record may be, by its type; sealed handshake records mid-stream are not recognised. */
function fits(sample: Uint8Array, side: Side): boolean {
  const length = (sample[3]! << 8) | sample[4]!;
  const first = sample[HEADER_BYTES]!;
  switch (sample[0]!) {
    case CHANGE_CIPHER_SPEC:
      return first === 1;
    case ALERT:
      // Plain: a level and a description; sealed ones are longer.
      return length > 2 ? length >= 18 && length <= 64 : first === 1 || first === 2;
    case HANDSHAKE:
      return side === 'client' ? first !== 2 && first <= LAST_HANDSHAKE_TYPE : first > HELLO_REQUEST + 1;
    default:
      return true;
  }
}
