/**
 * The tar of a recording: POSIX ustar headers (IEEE Std 1003.1, pax, "ustar Interchange Format"), plain files only. Sizes
 * from 8 GiB on are base-256 numbers, which every tar in use reads.
 *
 *     name 100 | mode 8 | uid 8 | gid 8 | size 12 | mtime 12 | checksum 8 | type 1 | link 100 | "ustar\0" "00" | … | 512
 */

import type { ByteSource } from './byte-source.ts';
import { RecordingError } from './recording-error.ts';

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
const SIZE_AT = 124;
const MTIME_AT = 136;
const CHECKSUM_AT = 148;
const TYPE_AT = 156;
const MAGIC_AT = 257;
const PREFIX_AT = 345;
/** What eleven octal digits can say. */
const MAX_OCTAL_SIZE = 0o77777777777;
/** A recording has four members; a later release may add some. */
const MAX_MEMBERS = 64;

const ascii = new TextEncoder();
const text = new TextDecoder('latin1');

export interface MemberHead {
  readonly name: string;
  readonly size: number;
}

/** Zeros that fill a member of `size` bytes up to whole blocks. */
export const padding = (size: number): Uint8Array => new Uint8Array(-size & (BLOCK_BYTES - 1));

/** Two empty blocks end an archive. */
export const endOfArchive = new Uint8Array(2 * BLOCK_BYTES);

/** Bytes of an archive with members of these sizes. */
export function archiveSize(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + BLOCK_BYTES + size + padding(size).length, endOfArchive.length);
}

export function memberHeader({ name, size }: MemberHead, modifiedSeconds: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, value: string) => block.set(ascii.encode(value), at);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  put(0, name);
  put(100, octal(0o644, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  if (size <= MAX_OCTAL_SIZE) put(SIZE_AT, octal(size, 11));
  else {
    const view = new DataView(block.buffer);
    block[SIZE_AT] = 0x80;
    view.setBigUint64(SIZE_AT + 4, BigInt(size));
  }
  put(MTIME_AT, octal(Math.max(0, Math.floor(modifiedSeconds)), 11));
  put(CHECKSUM_AT, ' '.repeat(8));
  put(TYPE_AT, '0');
  put(MAGIC_AT, 'ustar\u000000');
  put(CHECKSUM_AT, `${octal(checksumOf(block), 6)}\0 `);
  return block;
}

/** A member as it is read: its content must be read, or is skipped, before the next one. */
export interface Member extends MemberHead {
  readonly content: AsyncIterable<Uint8Array>;
}

/** The members of an archive in order. Throws a RecordingError for what is no such archive, or is cut. */
export async function* readMembers(source: ByteSource): AsyncGenerator<Member> {
  for (let count = 0; ; count++) {
    const block = await source.exactly(BLOCK_BYTES);
    if (block.length < BLOCK_BYTES) {
      if (count === 0) throw new RecordingError('foreign', 'this is not a recording: it is no tar archive');
      throw new RecordingError('truncated', `the recording ends at byte ${source.offset}, in the middle`);
    }
    if (block.every((byte) => byte === 0)) {
      if (count === 0) throw new RecordingError('foreign', 'this is not a recording: the archive is empty');
      return;
    }
    if (count === MAX_MEMBERS) throw new RecordingError('damaged', `the archive has more than ${MAX_MEMBERS} members`);
    const head = readHeader(block, source.offset - BLOCK_BYTES);
    let left = head.size;
    const content = async function* (): AsyncGenerator<Uint8Array> {
      while (left > 0) {
        const chunk = await source.some(left);
        if (chunk === undefined)
          throw new RecordingError('truncated', `the recording ends in the middle of ${head.name}`);
        left -= chunk.length;
        yield chunk;
      }
    };
    yield { ...head, content: content() };
    // What the caller did not read, then the padding.
    for await (const _ of content());
    await source.exactly(padding(head.size).length);
  }
}

function readHeader(block: Uint8Array, at: number): MemberHead {
  const field = (from: number, length: number) =>
    text.decode(block.subarray(from, from + length)).replace(/\0.*$/s, '');
  const isTar = text.decode(block.subarray(MAGIC_AT, MAGIC_AT + 5)) === 'ustar';
  if (!isTar || Number.parseInt(field(CHECKSUM_AT, 8), 8) !== checksumOf(block)) {
    if (at === 0) throw new RecordingError('foreign', 'this is not a recording: it is no tar archive');
    throw new RecordingError('damaged', `the recording is damaged at byte ${at}: no tar header where one must be`);
  }
  const prefix = field(PREFIX_AT, 155);
  const name = `${prefix === '' ? '' : `${prefix}/`}${field(0, NAME_BYTES)}`;
  const type = String.fromCharCode(block[TYPE_AT] ?? 0);
  if (!isPlainName(name))
    throw new RecordingError('damaged', `the recording has a member called ${JSON.stringify(name)}: it is refused`);
  if (type !== '0' && type !== '\0')
    throw new RecordingError('damaged', `${name} in the recording is no plain file: it is refused`);
  return { name, size: sizeOf(block, name) };
}

/** One path component, so that no name can lead anywhere. */
const isPlainName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,98}$/.test(name);

function sizeOf(block: Uint8Array, name: string): number {
  const isBinary = ((block[SIZE_AT] ?? 0) & 0x80) !== 0;
  const digits = text.decode(block.subarray(SIZE_AT, SIZE_AT + 12)).replace(/[\0 ]+$/, '');
  const size = isBinary
    ? Number(new DataView(block.buffer, block.byteOffset).getBigUint64(SIZE_AT + 4))
    : /^ *[0-7]+$/.test(digits)
      ? Number.parseInt(digits, 8)
      : Number.NaN;
  if (!Number.isSafeInteger(size)) throw new RecordingError('damaged', `the size of ${name} in the recording is none`);
  return size;
}

/** Sum of the header's bytes, the checksum's own counted as spaces. */
function checksumOf(block: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < BLOCK_BYTES; at++) sum += at >= CHECKSUM_AT && at < CHECKSUM_AT + 8 ? 0x20 : (block[at] ?? 0);
  return sum;
}
