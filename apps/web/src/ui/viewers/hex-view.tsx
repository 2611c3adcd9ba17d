/** Bytes sixteen a line: offset, hex, ASCII. */

import { LineList } from './line-list.tsx';
import classes from './viewers.module.css';

const WIDTH = 16;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
const printable = (byte: number): string => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.');

export function HexView({ bytes }: { readonly bytes: Uint8Array }) {
  return (
    <LineList
      count={Math.ceil(bytes.length / WIDTH)}
      label="Bytes in hexadecimal"
      line={(index) => {
        const part = Array.from(bytes.subarray(index * WIDTH, (index + 1) * WIDTH));
        const cells = part.map((byte, at) => `${at === 8 ? ' ' : ''}${hex(byte, 2)}`).join(' ');
        return (
          <>
            <span className={classes['hexOffset']}>{hex(index * WIDTH, 8)}</span>
            {`  ${cells.padEnd(WIDTH * 3)}  `}
            <span className={classes['string']}>{part.map(printable).join('')}</span>
          </>
        );
      }}
    />
  );
}
