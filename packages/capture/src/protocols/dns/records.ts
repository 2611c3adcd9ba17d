/** The sections of a DNS message as people read them; tolerant: what was read before an error is kept. */

import { className, OPT, typeName } from './codes.ts';
import { type EdnsFacts, readEdns } from './edns.ts';
import { readName, skipName } from './names.ts';
import { rdataText } from './rdata.ts';

interface Question {
  readonly name: string;
  readonly type: string;
  readonly class: string;
  /** mDNS: the asker would like the answer sent to it alone (RFC 6762 §5.4). */
  readonly unicast?: true;
}

interface ResourceRecord {
  readonly name: string;
  readonly type: string;
  readonly class: string;
  /** Seconds. */
  readonly ttl: number;
  /** The data in the notation of zone files; `\# length hex` for types without one (RFC 3597). */
  readonly data: string;
  /** mDNS: replaces what a cache holds (RFC 6762 §10.2). */
  readonly flush?: true;
}

export interface DecodedMessage {
  readonly id: number;
  readonly opcode: number;
  readonly flags: readonly string[];
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
  readonly edns?: EdnsFacts;
  /** Where reading had to stop. */
  readonly fault?: string;
}

const flagNames: readonly (readonly [number, string])[] = [
  [0x0400, 'AA'],
  [0x0200, 'TC'],
  [0x0100, 'RD'],
  [0x0080, 'RA'],
  [0x0020, 'AD'],
  [0x0010, 'CD'],
];

/** Decodes a whole message (without a TCP length) of at least 12 bytes. */
export function decodeMessage(bytes: Uint8Array, multicast: boolean): DecodedMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  const reader: Reader = { bytes, view, multicast, at: 12 };
  const questions: Question[] = [];
  const sections: ResourceRecord[][] = [[], [], []];
  let edns: EdnsFacts | undefined;
  let fault: string | undefined;
  for (let left = view.getUint16(4); left > 0 && fault === undefined; left--) {
    const question = readQuestion(reader);
    if (question === null) fault = 'question cannot be read';
    else questions.push(question);
  }
  for (const [index, section] of sections.entries()) {
    for (let left = view.getUint16(6 + 2 * index); left > 0 && fault === undefined; left--) {
      const start = reader.at;
      const record = readRecord(reader);
      if (record === null) fault = bytes.length === start ? 'records left out' : 'record cannot be read';
      else if (record.type === 'OPT') edns = readEdns(bytes, skipName(bytes, start, bytes.length), reader.at);
      else section.push(record);
    }
  }
  return {
    id: view.getUint16(0),
    opcode: (flags >> 11) & 0x0f,
    flags: flagNames.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name),
    questions,
    answers: sections[0]!,
    authorities: sections[1]!,
    additionals: sections[2]!,
    ...(edns !== undefined && { edns }),
    ...(fault !== undefined && { fault }),
  };
}

interface Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly multicast: boolean;
  at: number;
}

/** In mDNS the top bit of the class is a flag of its own (RFC 6762 §18.12, §18.13). */
const MULTICAST_FLAG = 0x8000;

function readQuestion(reader: Reader): Question | null {
  const { bytes, view, multicast } = reader;
  const name = readName(bytes, reader.at);
  if (name === null || name.end + 4 > bytes.length) return null;
  reader.at = name.end + 4;
  const value = view.getUint16(name.end + 2);
  const flagged = multicast && (value & MULTICAST_FLAG) !== 0;
  return {
    name: name.text,
    type: typeName(view.getUint16(name.end)),
    class: className(flagged ? value & ~MULTICAST_FLAG : value),
    ...(flagged && { unicast: true as const }),
  };
}

function readRecord(reader: Reader): ResourceRecord | null {
  const { bytes, view, multicast } = reader;
  const name = readName(bytes, reader.at);
  if (name === null || name.end + 10 > bytes.length) return null;
  const start = name.end + 10;
  const end = start + view.getUint16(name.end + 8);
  if (end > bytes.length) return null;
  reader.at = end;
  const type = view.getUint16(name.end);
  const value = view.getUint16(name.end + 2);
  const flagged = multicast && type !== OPT && (value & MULTICAST_FLAG) !== 0;
  return {
    name: name.text,
    type: typeName(type),
    class: className(flagged ? value & ~MULTICAST_FLAG : value),
    ttl: view.getUint32(name.end + 4),
    data: rdataText(type, { bytes, start, end }),
    ...(flagged && { flush: true as const }),
  };
}
