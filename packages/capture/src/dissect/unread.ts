/** What is known of the bytes of one direction that nobody could read. */

/** Bytes kept of a stream nobody recognised, for the inspector. */
const FIRST_BYTES = 256;
const NOTHING = new Uint8Array(0);

export class Unread {
  /** The first of them, as many as the inspector shows. */
  first: Uint8Array = NOTHING;
  length = 0;

  add(bytes: Uint8Array): void {
    this.length += bytes.length;
    if (this.first.length === 0) this.first = bytes.slice(0, FIRST_BYTES);
  }
}
