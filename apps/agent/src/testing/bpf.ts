/** Runs classic BPF over a packet, as the kernel would (https://docs.kernel.org/networking/filter.html). */

import type { Instruction } from '../sources/packet-filter.ts';

/** Bytes kept of the packet: 0 when it is dropped, as it is when a load goes beyond its end. */
export function runFilter(program: readonly Instruction[], packet: Uint8Array): number {
  const bytes = Buffer.from(packet);
  const memory = new Uint32Array(16);
  let a = 0;
  let x = 0;
  for (let at = 0; ; at += 1) {
    const [code, jt, jf, k] = program[at] ?? [0x06, 0, 0, 0];
    const load = (start: number, width: number): number => {
      if (start + width > bytes.length) throw new RangeError('beyond the packet');
      return bytes.readUIntBE(start, width);
    };
    const operand = (code & 0x08) === 0 ? k : x;
    try {
      switch (code) {
        case 0x20:
        case 0x40:
          a = load(k + (code === 0x40 ? x : 0), 4);
          break;
        case 0x28:
        case 0x48:
          a = load(k + (code === 0x48 ? x : 0), 2);
          break;
        case 0x30:
        case 0x50:
          a = load(k + (code === 0x50 ? x : 0), 1);
          break;
        case 0x00:
          a = k;
          break;
        case 0x01:
          x = k;
          break;
        case 0x60:
          a = memory[k] ?? 0;
          break;
        case 0x02:
          memory[k] = a;
          break;
        case 0xb1:
          x = 4 * (load(k, 1) & 0xf);
          break;
        case 0x07:
          x = a;
          break;
        case 0x87:
          a = x;
          break;
        case 0x54:
        case 0x5c:
          a = (a & operand) >>> 0;
          break;
        case 0x04:
        case 0x0c:
          a = (a + operand) >>> 0;
          break;
        case 0x05:
          at += k;
          break;
        case 0x15:
        case 0x1d:
          at += a === operand ? jt : jf;
          break;
        case 0x25:
        case 0x2d:
          at += a > operand ? jt : jf;
          break;
        case 0x35:
        case 0x3d:
          at += a >= operand ? jt : jf;
          break;
        case 0x45:
        case 0x4d:
          at += (a & operand) !== 0 ? jt : jf;
          break;
        case 0x06:
          return k;
        default:
          throw new Error(`instruction 0x${code.toString(16)} is not known here`);
      }
    } catch (error) {
      if (error instanceof RangeError) return 0;
      throw error;
    }
  }
}
