/** RADIUS over UDP: one reader for all conversations with servers, as clients ask from many ports (RFC 5080 §2.2). */

import type { CloseReason, LookupContext, LookupReader, Side, Span } from '../../dissect/dissector.ts';
import type { RadiusCall } from './call.ts';
import { RadiusPairing } from './pairing.ts';
import { missingAtEnd } from './session.ts';
import { looksLikePacket, type RadiusPacket, readPacket } from './wire.ts';

export class RadiusLookups implements LookupReader<RadiusPacket, RadiusCall> {
  readonly #pairing: RadiusPairing;

  constructor(context: LookupContext) {
    this.#pairing = new RadiusPairing(context);
  }

  opens({ bytes, start, end }: RadiusPacket, side: Side): boolean {
    return looksLikePacket(bytes, start, side, end) === 'yes';
  }

  read(bytes: Uint8Array, start: number, end: number): RadiusPacket | null {
    const parsed = readPacket(bytes, start, end);
    return parsed.kind === 'done' ? parsed.value : null;
  }

  take(packet: RadiusPacket, span: Span, waiting: RadiusCall | null): RadiusCall | null {
    return this.#pairing.take(packet, span, waiting);
  }

  close(waiting: RadiusCall, reason: CloseReason): void {
    this.#pairing.giveUpAll(waiting, missingAtEnd(reason));
  }

  settle(): void {
    this.#pairing.settle();
  }
}
