/** Which commands get a reply, as CLIENT REPLY says: https://redis.io/docs/latest/commands/client-reply/ */

export class ReplyMode {
  #mode: 'on' | 'off' = 'on';
  /** Commands whose reply is left out: set by CLIENT REPLY SKIP. */
  #skips = 0;

  /** Does the next command get its reply, whichever it is? */
  get isUsual(): boolean {
    return this.#mode === 'on' && this.#skips === 0;
  }

  /** Takes a command, and answers whether it gets no reply. */
  silences(name: string, words: readonly string[]): boolean {
    if (name === 'CLIENT REPLY') {
      const mode = words[2]?.toUpperCase();
      if (mode === 'ON') this.#mode = 'on';
      if (mode === 'OFF') this.#mode = 'off';
      // A SKIP is itself silent, and so is the command after it.
      if (mode === 'SKIP' && this.#mode === 'on') this.#skips = 1;
      return mode !== 'ON';
    }
    if (this.#mode === 'off') return true;
    if (this.#skips === 0) return false;
    this.#skips -= 1;
    return true;
  }

  /** RESET. */
  reset(): void {
    this.#mode = 'on';
  }
}
