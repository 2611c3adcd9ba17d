/** Parts of entries that are the same for very many of them, made once. */

import type { ProtocolId } from '@kubeshark/model';
import { piece } from '../json/json-writer.ts';

/** Protocols, and interfaces: more than any engine meets. Full, the memory starts afresh. */
const MAX_PIECES = 256;

/** Behind the facts of a connection, which stay open: the position of a call on it follows. */
export const INDEX = piece(',"index":');
/** Of a response that was here at once. */
export const NO_TRANSFER = piece(',"transferMillis":0');
const CLOSE = piece('}');

interface Opening {
  readonly node: string;
  readonly protocols: readonly ProtocolId[];
  readonly bytes: Uint8Array;
}

/** By the most specific protocol. */
const openings = new Map<ProtocolId, Opening>();
let lastOpening: Opening = { node: '', protocols: [], bytes: piece('') };

/** What stands between the time and the ends. */
export function openingOf(node: string, protocol: ProtocolId, protocols: readonly ProtocolId[]): Uint8Array {
  if (lastOpening.protocols === protocols && lastOpening.node === node) return lastOpening.bytes;
  const known = openings.get(protocol);
  if (known?.node === node && isSame(known.protocols, protocols)) {
    lastOpening = known;
    return known.bytes;
  }
  const texts = [node, protocol, protocols].map((value) => JSON.stringify(value));
  const bytes = piece(`,"node":${texts[0]},"protocol":${texts[1]},"protocols":${texts[2]},`);
  lastOpening = { node, protocols, bytes };
  if (openings.size >= MAX_PIECES) openings.clear();
  openings.set(protocol, lastOpening);
  return bytes;
}

function isSame(some: readonly ProtocolId[], others: readonly ProtocolId[]): boolean {
  if (some === others) return true;
  if (some.length !== others.length) return false;
  for (let i = 0; i < some.length; i++) if (some[i] !== others[i]) return false;
  return true;
}

interface Source {
  readonly name: string | undefined;
  readonly source: string;
  /** `},"capture":{"source":"file"` */
  readonly open: Uint8Array;
  /** The same to its end, of a call that is whole, and behind `NO_TRANSFER`. */
  readonly whole: Uint8Array;
  readonly atOnce: Uint8Array;
}

/** By the interface's name. */
const sources = new Map<string | undefined, Source>();
let lastSource: Source | null = null;

/** Where the packets of a call came from. */
export function sourceOf(source: string, interfaceName: string | undefined): Source {
  if (lastSource !== null && lastSource.name === interfaceName && lastSource.source === source) return lastSource;
  const known = sources.get(interfaceName);
  if (known?.source === source) {
    lastSource = known;
    return known;
  }
  const name = interfaceName === undefined ? '' : `,"interface":${JSON.stringify(interfaceName)}`;
  const open = piece(`},"capture":{"source":${JSON.stringify(source)}${name}`);
  const whole = Buffer.concat([open, CLOSE]);
  if (sources.size >= MAX_PIECES) sources.clear();
  lastSource = { name: interfaceName, source, open, whole, atOnce: Buffer.concat([NO_TRANSFER, whole]) };
  sources.set(interfaceName, lastSource);
  return lastSource;
}
