/** Packets for tests: attributes as text or bytes, an authenticator of one byte again and again. */

export type Attribute = readonly [type: number, value: string | Uint8Array];

export function packet(
  code: number,
  id: number,
  attributes: readonly Attribute[] = [],
  authenticator = id,
): Uint8Array {
  const parts = attributes.map(([type, value]) => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Uint8Array.of(type, bytes.length + 2), bytes]);
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(20, authenticator);
  head.set([code, id, (body.length + 20) >> 8, (body.length + 20) & 255]);
  return Buffer.concat([head, body]);
}
export const user: Attribute = [1, 'alice'];
export const int = (value: number) => Uint8Array.of(0, 0, value >> 8, value & 255);
export const vendor = (number: number, type: number, value: string | Uint8Array): Attribute => {
  const bytes = Buffer.from(value);
  return [26, Buffer.concat([int(number), Uint8Array.of(type, bytes.length + 2), bytes])];
};
