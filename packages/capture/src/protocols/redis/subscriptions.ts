/** What a connection is subscribed to, counted from the server's confirmations, which tell how much is left. */

/** Kinds of messages that a server sends without being asked, in RESP2's subscribed mode and as RESP3 pushes. */
const published = new Set(['message', 'pmessage', 'smessage']);
const confirmations = new Set(['subscribe', 'psubscribe', 'ssubscribe', 'unsubscribe', 'punsubscribe', 'sunsubscribe']);

export const isPublished = (kind: string): boolean => published.has(kind);
/** Also a command's name in small letters: each of these commands is confirmed under its own name. */
export const isConfirmation = (kind: string): boolean => confirmations.has(kind);

/** Channels, patterns and shard channels. */
type Family = 'channel' | 'pattern' | 'shard';

const familyOf = (kind: string): Family =>
  kind.startsWith('p') ? 'pattern' : kind.startsWith('s') && kind !== 'subscribe' ? 'shard' : 'channel';

export class Subscriptions {
  readonly #counts: Record<Family, number> = { channel: 0, pattern: 0, shard: 0 };

  get any(): boolean {
    const { channel, pattern, shard } = this.#counts;
    return channel + pattern + shard > 0;
  }

  /** The server confirms one; channels and patterns are counted together by it, shard channels alone. */
  confirmed(kind: string, left: number): void {
    const counts = this.#counts;
    const family = familyOf(kind);
    const others = family === 'shard' ? 0 : family === 'channel' ? counts.pattern : counts.channel;
    // More than there can be is what was subscribed to before the capture.
    counts[family] = Math.max(0, left - others);
  }

  /** Is none left of what a command of this kind subscribes to, or leaves? */
  isNone(kind: string): boolean {
    return this.#counts[familyOf(kind)] === 0;
  }

  clear(): void {
    Object.assign(this.#counts, { channel: 0, pattern: 0, shard: 0 });
  }
}
