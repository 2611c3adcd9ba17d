/** Packets as the tests of this folder write them. */

/** A payload: text as its bytes, numbers as bytes. */
export type Piece = string | number | Uint8Array;

export const bytesOf = (...pieces: Piece[]): Buffer =>
  Buffer.concat(
    pieces.map((piece) => (typeof piece === 'number' ? Buffer.from([piece]) : Buffer.from(piece as string))),
  );

export const u16 = (value: number): Uint8Array => Uint8Array.of(value & 0xff, (value >> 8) & 0xff);
export const u32 = (value: number): Uint8Array => Buffer.concat([u16(value), u16(value >>> 16)]);
/** Text or bytes behind their length. */
export const sized = (value: string | Uint8Array): Uint8Array => {
  const bytes = Buffer.from(value as string);
  return bytes.length < 251 ? bytesOf(bytes.length, bytes) : bytesOf(0xfc, u16(bytes.length), bytes);
};

export function packet(sequence: number, ...pieces: Piece[]): Buffer {
  const payload = bytesOf(...pieces);
  return bytesOf(payload.length & 0xff, u16(payload.length >> 8), sequence, payload);
}
export const all = (...packets: Uint8Array[]): Uint8Array => Buffer.concat(packets);

const CAPABILITIES = 0x00ff_f7df & ~0x20;
export const DEPRECATE_EOF = 1 << 24;
export const QUERY_ATTRIBUTES = 1 << 27;
export const ZSTD = 1 << 26;

export interface Ends {
  /** Capabilities beyond the usual ones. */
  readonly extra?: number;
  readonly plugin?: string;
}

export function greeting({ extra = 0, plugin = 'caching_sha2_password' }: Ends = {}): Uint8Array {
  const capabilities = CAPABILITIES | extra;
  return packet(
    0,
    ...[10, '8.4.0\0', u32(42), 'scramble', 0, u16(capabilities), 33, u16(2), u16(capabilities >>> 16), 21],
    ...[new Uint8Array(10), 'scramblerest', 0, `${plugin}\0`],
  );
}
export function login({ extra = 0, plugin = 'caching_sha2_password' }: Ends = {}, sequence = 1): Uint8Array {
  const capabilities = CAPABILITIES | extra;
  return packet(
    sequence,
    ...[u32(capabilities), u32(1 << 24), 33, new Uint8Array(23), 'app\0', sized('pr00f-of-s3cret'), 'shop\0'],
    ...[`${plugin}\0`, sized(bytesOf(sized('program_name'), sized('api')))],
  );
}
export const ok = (sequence: number, affected = 0, status = 2): Uint8Array =>
  packet(sequence, 0, affected, 0, u16(status), u16(0));
export const eof = (sequence: number, status = 2): Uint8Array => packet(sequence, 0xfe, u16(0), u16(status));
export const err = (sequence: number, code: number, state: string, text: string): Uint8Array =>
  packet(sequence, 0xff, u16(code), `#${state}`, text);
export const column = (sequence: number, name: string, type = 253, flags = 0, charset = 33): Uint8Array =>
  packet(
    sequence,
    ...['def', 'shop', 't', 't', name, name].map((text) => sized(text)),
    ...[12, u16(charset), u32(80), type, u16(flags), 0, u16(0)],
  );
export const query = (text: string): Uint8Array => packet(0, 3, text);
/** A result of one column with its rows, EOF packets included. */
export const result = (values: readonly string[], status = 2, first = 1): Uint8Array =>
  all(
    packet(first, 1),
    column(first + 1, 'a'),
    eof(first + 2),
    ...values.map((value, index) => packet((first + 3 + index) & 0xff, sized(value))),
    eof((first + 3 + values.length) & 0xff, status),
  );
