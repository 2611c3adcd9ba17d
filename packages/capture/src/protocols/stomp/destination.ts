/** Where messages go: destinations come again and again, with the endpoints of what is said about them. */

import { foldIds } from '../../decode/fold-ids.ts';
import { ByteInterner } from '../../decode/interner.ts';
import { Remembered } from '../../decode/remembered.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { piece } from '../../json/json-writer.ts';
import type { Command } from './commands.ts';

/** Half as many are kept, some 800 bytes each with what is written of them. */
const KEPT_DESTINATIONS = { capacity: 8192, maxLength: 256 } as const;
/** Longer ones may not fit into a summary. */
const MAX_PLAIN = 150;

/** A command about a destination: what calls group by, and what is written of them. */
export class About {
  readonly group: CallGroup;
  /** From the method to the inside of the summary. */
  readonly names: Uint8Array;
  /** The summary may have to be cut. */
  readonly isLong: boolean;
  /** What a call tells of itself, from its beginning to its destination. */
  readonly data: Uint8Array;

  constructor({ name, data }: Command, destination: string | undefined) {
    const endpoint = destination === undefined ? name : `${name} ${foldIds(destination)}`;
    const summary = JSON.stringify(`${name} ${destination ?? ''}`.trimEnd());
    this.group = new CallGroup(endpoint);
    this.isLong = (destination ?? '').length > MAX_PLAIN;
    this.names = piece(`,"method":"${name}","endpoint":${JSON.stringify(endpoint)},"summary":${summary.slice(0, -1)}`);
    this.data =
      destination === undefined
        ? data
        : piece(`${Buffer.from(data).toString()},"destination":${JSON.stringify(destination)}`);
  }
}

export class Destination {
  readonly text: string | undefined;
  /** By the command's index. */
  readonly #abouts: (About | undefined)[] = [];

  constructor(text: string | undefined) {
    this.text = text;
  }

  about(command: Command): About {
    const known = this.#abouts[command.index];
    if (known !== undefined) return known;
    const about = new About(command, this.text);
    this.#abouts[command.index] = about;
    return about;
  }
}

/** Of what is about none. */
export const nowhere = new Destination(undefined);

const destinations = new ByteInterner(
  (bytes, start, end) => new Destination(Buffer.prototype.utf8Slice.call(bytes, start, end)),
  KEPT_DESTINATIONS,
);
const told = new Remembered((text) => new Destination(text), { texts: 1024, characters: 256 });

/** The destination that bytes are. */
export const destinationAt = (bytes: Uint8Array, start: number, end: number): Destination =>
  destinations.of(bytes, start, end);
/** The destination that a text with escapes is. */
export const destinationOf = (text: string): Destination => told.of(text);
