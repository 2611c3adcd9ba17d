/** One message of either protocol: the first byte tells which. */

import type { Parsed, Side } from '../../dissect/dissector.ts';
import { REQUEST, RESPONSE, readBinary, startsWithBinary } from './binary.ts';
import type { MemcachedMessage } from './message.ts';
import { readText, startsWithLine } from './text.ts';

export function readAny(side: Side, bytes: Uint8Array, offset: number): Parsed<MemcachedMessage> {
  const expected = side === 'client' ? REQUEST : RESPONSE;
  return bytes[offset] === expected ? readBinary(bytes, offset) : readText(side, bytes, offset);
}

export function startsWithAny(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  const binary = startsWithBinary(bytes, offset, side);
  return binary === 'no' ? startsWithLine(bytes, offset, side) : binary;
}
