/** Numbers in network byte order at an offset; bytes behind the end read as zero. */

export const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** Signed: an unsigned number of 32 bits has no room in a small integer. */
export const i32 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);

export const u32 = (bytes: Uint8Array, at: number): number => i32(bytes, at) >>> 0;
