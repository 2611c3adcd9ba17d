/** MessagePack (github.com/msgpack/msgpack/blob/master/spec.md) into a tree; 64-bit integers keep their digits. */

import { container, leaf, type TreeMember, type TreeNode } from './tree.ts';

const MAX_DEPTH = 200;
/** Values read from one body, so that a hostile length cannot fill the memory. */
const MAX_VALUES = 200_000;

const utf8 = new TextDecoder();

/** The tree of one value filling all bytes; null when they are not msgpack. */
export function readMsgpack(bytes: Uint8Array): TreeNode | null {
  const reader = new Reader(bytes);
  const root = reader.value(0);
  return root !== null && reader.offset === bytes.length ? root : null;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  offset = 0;
  #left = MAX_VALUES;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  value(depth: number): TreeNode | null {
    const code = this.#bytes[this.offset];
    if (code === undefined || depth > MAX_DEPTH || this.#left-- <= 0) return null;
    this.offset += 1;
    if (code < 0x80) return leaf('number', String(code));
    if (code < 0x90) return this.#members('object', code & 15, depth);
    if (code < 0xa0) return this.#members('array', code & 15, depth);
    if (code < 0xc0) return this.#text(code & 31);
    if (code >= 0xe0) return leaf('number', String(code - 256));
    return this.#coded(code, depth);
  }

  #coded(code: number, depth: number): TreeNode | null {
    switch (code) {
      case 0xc0:
        return leaf('null', 'null');
      case 0xc2:
        return leaf('boolean', 'false');
      case 0xc3:
        return leaf('boolean', 'true');
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#length(1 << (code - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#length(1 << (code - 0xc7)));
      case 0xca:
        return this.#number(4, (at) => this.#view.getFloat32(at));
      case 0xcb:
        return this.#number(8, (at) => this.#view.getFloat64(at));
      case 0xcc:
        return this.#number(1, (at) => this.#view.getUint8(at));
      case 0xcd:
        return this.#number(2, (at) => this.#view.getUint16(at));
      case 0xce:
        return this.#number(4, (at) => this.#view.getUint32(at));
      case 0xcf:
        return this.#number(8, (at) => this.#view.getBigUint64(at));
      case 0xd0:
        return this.#number(1, (at) => this.#view.getInt8(at));
      case 0xd1:
        return this.#number(2, (at) => this.#view.getInt16(at));
      case 0xd2:
        return this.#number(4, (at) => this.#view.getInt32(at));
      case 0xd3:
        return this.#number(8, (at) => this.#view.getBigInt64(at));
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(1 << (code - 0xd4));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#length(1 << (code - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#members('array', this.#length(code === 0xdc ? 2 : 4), depth);
      case 0xde:
      case 0xdf:
        return this.#members('object', this.#length(code === 0xde ? 2 : 4), depth);
      default:
        // 0xc1 is never used.
        return null;
    }
  }

  /** A big-endian length of 1, 2 or 4 bytes; -1 when it is not all there. */
  #length(width: number): number {
    const at = this.offset;
    if (at + width > this.#bytes.length) return -1;
    this.offset += width;
    return width === 1 ? this.#view.getUint8(at) : width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #take(length: number): Uint8Array | null {
    if (length < 0 || this.offset + length > this.#bytes.length) return null;
    const part = this.#bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    return part;
  }

  #number(width: number, read: (at: number) => number | bigint): TreeNode | null {
    const at = this.offset;
    return this.#take(width) && leaf('number', String(read(at)));
  }

  #text(length: number): TreeNode | null {
    const part = this.#take(length);
    return part && leaf('string', utf8.decode(part));
  }

  #binary(length: number): TreeNode | null {
    const part = this.#take(length);
    return part && leaf('bytes', hex(part));
  }

  #extension(length: number): TreeNode | null {
    const type = this.#take(1);
    const part = type && this.#take(length);
    return part && leaf('bytes', hex(part), `extension ${(type[0]! << 24) >> 24}`);
  }

  #members(kind: 'object' | 'array', count: number, depth: number): TreeNode | null {
    // Every member takes at least a byte: a larger count is a lie.
    if (count < 0 || count > this.#bytes.length - this.offset) return null;
    const members: TreeMember[] = [];
    for (let index = 0; index < count; index += 1) {
      let key = String(index);
      if (kind === 'object') {
        const name = this.value(depth + 1);
        if (name === null) return null;
        key = name.text;
      }
      const node = this.value(depth + 1);
      if (node === null) return null;
      members.push({ key, node });
    }
    return container(kind, members);
  }
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
