/**
 * The binary protocol: https://docs.memcached.org/protocols/binary/
 *
 *   ┌───────┬────────┬─────────┬────────┬─────────┬────────────────┬──────────────┬────────┬─────┐
 *   │ magic │ opcode │ key len │ extras │ type 0  │ vbucket/status │ body len (4) │ opaque │ cas │   then extras, key, value
 *   └───────┴────────┴─────────┴────────┴─────────┴────────────────┴──────────────┴────────┴─────┘
 */

import { hexText } from '../../decode/hex.ts';
import { internedText } from '../../decode/interned-text.ts';
import { latin1 } from '../../decode/interner.ts';
import type { Parsed, Side } from '../../dissect/dissector.ts';
import { MAX_WHOLE_BYTES, type MemcachedMessage } from './message.ts';

export const REQUEST = 0x80;
export const RESPONSE = 0x81;
const HEAD_BYTES = 24;
const MAX_BODY_BYTES = 1024 * 1024 * 1024;

const names: Readonly<Record<number, string>> = Object.fromEntries(
  'get set add replace delete increment decrement quit flush getq noop version getk getkq append prepend stat setq addq replaceq deleteq incrementq decrementq quitq flushq appendq prependq verbosity touch gat gatq'
    .split(' ')
    .map((name, code) => [code, name]),
);
const others: Readonly<Record<number, string>> = {
  32: 'sasl_list_mechs',
  33: 'sasl_auth',
  34: 'sasl_step',
  35: 'gatk',
  36: 'gatkq',
};
const STAT = 16;
const SASL_AUTH = 33;
const SASL_STEP = 34;

const statuses: Readonly<Record<number, string>> = {
  0: 'OK',
  1: 'NOT_FOUND',
  2: 'EXISTS',
  3: 'TOO_LARGE',
  4: 'INVALID_ARGUMENTS',
  5: 'NOT_STORED',
  6: 'NON_NUMERIC',
  7: 'WRONG_VBUCKET',
  32: 'AUTH_ERROR',
  33: 'AUTH_CONTINUE',
  129: 'UNKNOWN_COMMAND',
  130: 'OUT_OF_MEMORY',
};

export function readBinary(bytes: Uint8Array, offset: number): Parsed<MemcachedMessage> {
  const available = bytes.length - offset;
  if (available < HEAD_BYTES) return { kind: 'more', atLeast: HEAD_BYTES - available };
  if (!isHead(bytes, offset)) return { kind: 'bad', fault: 'no binary header', at: offset };
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, HEAD_BYTES);
  const opcode = view.getUint8(1);
  const body = view.getUint32(8);
  const whole = Math.min(body, MAX_WHOLE_BYTES);
  if (available < HEAD_BYTES + whole) return { kind: 'more', atLeast: HEAD_BYTES + whole - available };
  const start = offset + HEAD_BYTES + view.getUint8(4);
  const keyEnd = start + view.getUint16(2);
  const end = offset + HEAD_BYTES + whole;
  const key = keyEnd > start ? internedText(bytes, start, keyEnd) : undefined;
  const size = body - (keyEnd - offset - HEAD_BYTES);
  const isSecret = opcode === SASL_AUTH || opcode === SASL_STEP;
  const value = size > 0 && !isSecret ? { bytes, start: keyEnd, end, size } : undefined;
  const common = {
    value,
    opaque: hexText(bytes.subarray(offset + 12, offset + 16)),
    left: body - whole,
    size: end - offset,
  };
  const name = names[opcode] ?? others[opcode] ?? `opcode ${opcode}`;
  if (bytes[offset] === REQUEST) {
    const isQuiet = name.endsWith('q');
    const keys = key === undefined ? [] : [key];
    return { kind: 'done', value: { ...common, kind: 'command', name, keys, args: [], isSilent: false, isQuiet }, end };
  }
  const status = view.getUint16(6);
  const word = statuses[status] ?? `STATUS_${status}`;
  // Of an error the value is its text; of a statistic, until one without a name, another follows.
  const text = status !== 0 && size > 0 ? latin1(bytes, keyEnd, Math.min(end, keyEnd + 200)) : '';
  const isPart = opcode === STAT && status === 0 && body > 0;
  const shown = status === 0 ? value : undefined;
  return {
    kind: 'done',
    value: { ...common, value: shown, kind: 'reply', word: isPart ? 'STAT' : word, text, key, isPart },
    end,
  };
}

/** A header whose parts fit each other. */
function isHead(bytes: Uint8Array, offset: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, HEAD_BYTES);
  const parts = view.getUint16(2) + view.getUint8(4);
  const body = view.getUint32(8);
  return (
    view.getUint8(5) === 0 &&
    view.getUint8(1) < 0x60 &&
    parts <= Math.min(body, MAX_WHOLE_BYTES) &&
    body <= MAX_BODY_BYTES
  );
}

export function startsWithBinary(bytes: Uint8Array, offset: number, side: Side): 'yes' | 'no' | 'more' {
  if (bytes[offset] !== (side === 'client' ? REQUEST : RESPONSE)) return 'no';
  if (bytes.length - offset < HEAD_BYTES) return 'more';
  if (!isHead(bytes, offset)) return 'no';
  const body = new DataView(bytes.buffer, bytes.byteOffset + offset, HEAD_BYTES).getUint32(8);
  const next = offset + HEAD_BYTES + body;
  return next >= bytes.length || bytes[next] === bytes[offset] ? 'yes' : 'no';
}
