/** What both protocols of memcached have in common: a command or a reply, with at most one value. */

import type { Parsed } from '../../dissect/dissector.ts';

/** Values are read whole up to this, of longer ones the beginning first: memcached's own limit of an item is 1 MiB. */
export const MAX_WHOLE_BYTES = 256 * 1024;

export interface Value {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Size as announced; more than is here when `left` is more than 0. */
  readonly size: number;
}

export type MemcachedMessage =
  | {
      readonly kind: 'command';
      readonly name: string;
      readonly keys: readonly string[];
      /** Words behind the keys: expiry, flags of meta commands. */
      readonly args: readonly string[];
      readonly value: Value | undefined;
      /** Nothing is answered: `noreply`. */
      readonly isSilent: boolean;
      /** Only what is out of the ordinary is answered: meta flag `q`, the binary commands that end with Q. */
      readonly isQuiet: boolean;
      /** Ties a reply to its command. */
      readonly opaque: string | undefined;
      readonly left: number;
      readonly size: number;
    }
  | {
      readonly kind: 'reply';
      /** `STORED`, `VALUE`, `HD`; of the binary protocol the name of its status. */
      readonly word: string;
      /** The rest of the line. */
      readonly text: string;
      readonly key: string | undefined;
      readonly value: Value | undefined;
      readonly opaque: string | undefined;
      /** Others of the same call follow. */
      readonly isPart: boolean;
      readonly left: number;
      readonly size: number;
    }
  /** More of a value whose beginning has been read. */
  | {
      readonly kind: 'rest';
      readonly bytes: Uint8Array;
      readonly start: number;
      readonly end: number;
      readonly left: number;
      readonly size: number;
    };

/** Bytes behind the text protocol's values: a line ends there. */
export function readRest(bytes: Uint8Array, offset: number, left: number): Parsed<MemcachedMessage> {
  const end = Math.min(bytes.length, offset + left);
  const size = end - offset;
  return { kind: 'done', value: { kind: 'rest', bytes, start: offset, end, left: left - size, size }, end };
}
