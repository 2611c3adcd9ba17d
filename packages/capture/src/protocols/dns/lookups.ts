/** Plain DNS over UDP: one reader for all conversations with a server's port. */

import type { LookupContext, LookupReader, Side, Span } from '../../dissect/dissector.ts';
import type { DnsCall } from './call.ts';
import { DnsPairing } from './pairing.ts';
import { type DnsMessage, fits, parseDatagram } from './wire.ts';

export class DnsLookups implements LookupReader<DnsMessage, DnsCall> {
  readonly #pairing: DnsPairing;

  constructor(context: LookupContext) {
    this.#pairing = new DnsPairing(context, 'dns');
  }

  opens(message: DnsMessage, side: Side): boolean {
    return message.exact && fits(message, side);
  }

  read(bytes: Uint8Array, start: number, end: number): DnsMessage | null {
    const parsed = parseDatagram(bytes, start, end);
    return parsed.kind === 'done' ? parsed.value : null;
  }

  take(message: DnsMessage, span: Span, waiting: DnsCall | null): DnsCall | null {
    return this.#pairing.take(message, span, waiting);
  }

  close(waiting: DnsCall): void {
    this.#pairing.giveUpAll(waiting);
  }

  settle(): void {
    this.#pairing.settle();
  }
}
