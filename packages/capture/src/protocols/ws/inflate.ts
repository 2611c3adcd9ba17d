/** permessage-deflate (RFC 7692): one direction's decompression, its window carried from message to message. */

import { constants, inflateRawSync } from 'node:zlib';

/** What a sender cuts off each message (§7.2.1). */
const TAIL = Uint8Array.of(0, 0, 0xff, 0xff);
const WINDOW_BYTES = 32_768;
/** Decompressed bytes of one message; beyond it the message is cut and the window lost. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024;

export class MessageInflater {
  readonly #keepsWindow: boolean;
  #window: Uint8Array = new Uint8Array(0);
  #isLost = false;

  /** `keepsWindow`: the direction was not negotiated with no_context_takeover. */
  constructor(keepsWindow: boolean) {
    this.#keepsWindow = keepsWindow;
  }

  /** The window is unknown from here on: bytes were lost or not kept. */
  lose(): void {
    this.#isLost = this.#keepsWindow;
  }

  /** The message in plain, or why it cannot be told. */
  inflate(bytes: Uint8Array): Uint8Array | { readonly fault: string } {
    if (this.#isLost) return { fault: 'deflate: the window is lost' };
    try {
      const plain = inflateRawSync(Buffer.concat([bytes, TAIL]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: MAX_MESSAGE_BYTES,
        ...(this.#window.length > 0 && { dictionary: this.#window }),
      });
      if (this.#keepsWindow) this.#window = Buffer.concat([this.#window, plain]).subarray(-WINDOW_BYTES);
      return plain;
    } catch {
      this.lose();
      return { fault: 'deflate: broken or too large' };
    }
  }
}
