/** Numbers in little endian order at an offset; bytes behind the end read as zero. */

export const le32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);

const eight = new DataView(new ArrayBuffer(8));

/** Without a view of the bytes, which would be made anew for each number. */
export function leDouble(bytes: Uint8Array, at: number): number {
  eight.setInt32(0, le32(bytes, at), true);
  eight.setInt32(4, le32(bytes, at + 4), true);
  return eight.getFloat64(0, true);
}
