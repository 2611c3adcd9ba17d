/** Arithmetic of TCP sequence numbers, which wrap at 2^32 (RFC 9293 §3.4). Numbers are kept as signed 32-bit. */

/** How far `a` is after `b`; negative when it is before. Right as long as they are less than 2^31 apart. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

export function advance(sequence: number, by: number): number {
  return (sequence + by) | 0;
}
