/** One message of a call: where it lies, and where its documents begin. */

import type { PlacedForm } from '../../decode/bson-places.ts';
import { Slab } from '../../decode/slab.ts';

const copies = new Slab();
const nothing = new Uint8Array(0);
const none: readonly never[] = [];

/** Documents sent beside a command: `documents` of an insert, `updates`, `deletes`. Offsets are those in the message's body. */
export interface Sequence {
  readonly name: string;
  /** Where the first document begins, and where the last ends. */
  readonly start: number;
  readonly end: number;
}

/** A document with the name it is shown by; empty for the command or the reply itself. */
export interface NamedDocument {
  readonly name: string;
  readonly at: number;
}

/** What is read of a half by whoever makes objects of it. */
export interface Part {
  readonly body: Uint8Array;
  readonly documents: readonly NamedDocument[];
  readonly sequences: readonly Sequence[];
}

export class Half {
  isThere = false;
  /** The message's body: `bytes[start, end)`, as it lies until `keep`. */
  bytes: Uint8Array = nothing;
  start = 0;
  end = 0;
  /** Where the command or the reply begins in the body; -1 when there is none. */
  document = -1;
  /** What that document was found to be. */
  form: PlacedForm | null = null;
  sequences: readonly Sequence[] = none;
  /** Documents of the operations that OP_MSG replaced, where they are more than one command. */
  private others: readonly NamedDocument[] = none;
  private isBorrowed = false;

  /** The body of a message; its documents are told afterwards. */
  begin({ bytes, start, end }: { readonly bytes: Uint8Array; readonly start: number; readonly end: number }): void {
    this.isThere = true;
    this.isBorrowed = true;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  name(documents: readonly NamedDocument[]): void {
    const [first] = documents;
    if (documents.length === 1 && first?.name === '') this.document = first.at;
    else this.others = documents;
  }

  /** The bytes go away: copies what still lies in them. */
  keep(): void {
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    const { length } = this;
    this.start = copies.copy(this.bytes, this.start, this.end);
    this.bytes = copies.block;
    this.end = this.start + length;
  }

  clear(): void {
    if (!this.isThere) return;
    this.isThere = false;
    this.isBorrowed = false;
    this.bytes = nothing;
    this.document = -1;
    this.form = null;
    this.sequences = none;
    this.others = none;
  }

  get length(): number {
    return this.end - this.start;
  }

  get part(): Part {
    const { document, others, sequences } = this;
    const body = this.bytes.subarray(this.start, this.end);
    return { body, documents: document < 0 ? others : [{ name: '', at: document }], sequences };
  }
}
