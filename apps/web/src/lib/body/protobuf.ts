/**
 * Protocol buffers without a schema (protobuf.dev/programming-guides/encoding): field numbers and wire types are known,
 * names are not. Length-delimited fields are tried as a message, then as text, else shown as bytes.
 */

import { container, leaf, type TreeMember, type TreeNode } from './tree.ts';

/** Nesting that a guess may follow; bytes that merely look like messages rarely go deeper. */
const MAX_GUESS_DEPTH = 24;
/** Fields read from one body, so that a hostile one cannot fill the memory. */
const MAX_FIELDS = 20_000;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const PRINTABLE = /^[\t\n\r\u0020-\u007e\u00a0-\uffff]*$/;

/** The tree of a message; null when the bytes are not one. */
export function readProtobuf(bytes: Uint8Array): TreeNode | null {
  return message(bytes, 0, { left: MAX_FIELDS });
}

/** gRPC frames (flag, length, message) one after another; null when the bytes are not framed so. */
export function readGrpcFrames(bytes: Uint8Array): TreeNode | null {
  const members: TreeMember[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  while (offset < bytes.length) {
    if (offset + 5 > bytes.length || bytes[offset]! > 1) return null;
    const end = offset + 5 + view.getUint32(offset + 1);
    if (end > bytes.length) return null;
    const payload = bytes.subarray(offset + 5, end);
    const compressed = bytes[offset] === 1;
    const node = compressed ? leaf('bytes', hexOf(payload), 'compressed') : readProtobuf(payload);
    if (node === null) return null;
    members.push({ key: String(members.length), node });
    offset = end;
  }
  return members.length === 0 ? null : container('array', members);
}

interface Budget {
  left: number;
}

function message(bytes: Uint8Array, depth: number, budget: Budget): TreeNode | null {
  const fields = new Map<string, TreeNode[]>();
  let offset = 0;
  while (offset < bytes.length) {
    if (budget.left-- <= 0) return null;
    const tag = varint(bytes, offset);
    if (tag === null) return null;
    const number = Number(tag.value >> 3n);
    if (number === 0 || number > 0x1fff_ffff) return null;
    const value = field(bytes, tag.end, { wireType: Number(tag.value & 7n), depth, budget });
    if (value === null) return null;
    const list = fields.get(String(number));
    if (list === undefined) fields.set(String(number), [value.node]);
    else list.push(value.node);
    offset = value.end;
  }
  const members = [...fields].map(([key, nodes]) => ({
    key,
    node:
      nodes.length === 1
        ? nodes[0]!
        : container(
            'array',
            nodes.map((node, index) => ({ key: String(index), node })),
            'repeated',
          ),
  }));
  return container('object', members);
}

interface FieldContext {
  readonly wireType: number;
  readonly depth: number;
  readonly budget: Budget;
}

function field(bytes: Uint8Array, offset: number, { wireType, depth, budget }: FieldContext) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (wireType) {
    case 0: {
      const number = varint(bytes, offset);
      return number && { node: leaf('number', String(number.value), 'varint'), end: number.end };
    }
    case 1:
      if (offset + 8 > bytes.length) return null;
      return { node: leaf('number', String(view.getFloat64(offset, true)), 'double'), end: offset + 8 };
    case 5:
      if (offset + 4 > bytes.length) return null;
      return { node: leaf('number', String(view.getFloat32(offset, true)), 'float'), end: offset + 4 };
    case 2: {
      const length = varint(bytes, offset);
      if (length === null || length.value > BigInt(bytes.length - length.end)) return null;
      const end = length.end + Number(length.value);
      return { node: delimited(bytes.subarray(length.end, end), depth, budget), end };
    }
    default:
      // Groups (3 and 4) have been out of use since proto3; 6 and 7 do not exist.
      return null;
  }
}

function delimited(bytes: Uint8Array, depth: number, budget: Budget): TreeNode {
  if (bytes.length === 0) return leaf('string', '');
  const text = textOf(bytes);
  if (text !== null && bytes.length < 4) return leaf('string', text);
  if (depth < MAX_GUESS_DEPTH) {
    const attempt: Budget = { left: budget.left };
    const nested = message(bytes, depth + 1, attempt);
    // Readable text that also parses as a message is far more often text.
    if (nested !== null && text === null) {
      budget.left = attempt.left;
      return nested;
    }
  }
  return text === null ? leaf('bytes', hexOf(bytes)) : leaf('string', text);
}

function textOf(bytes: Uint8Array): string | null {
  try {
    const text = utf8.decode(bytes);
    return PRINTABLE.test(text) ? text : null;
  } catch {
    // Not UTF-8.
    return null;
  }
}

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** Base-128 varint of at most ten bytes. */
function varint(bytes: Uint8Array, offset: number): { readonly value: bigint; readonly end: number } | null {
  let value = 0n;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[offset + index];
    if (byte === undefined) return null;
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), end: offset + index + 1 };
  }
  return null;
}
