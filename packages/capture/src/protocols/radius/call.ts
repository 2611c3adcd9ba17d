/** A request with its answer, kept as their bytes: read when somebody looks, used again when it is over. */

import { Slab } from '../../decode/slab.ts';
import type { CallGroup } from '../../dissect/call-group.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description, Span } from '../../dissect/dissector.ts';
import { describeCall } from './describe.ts';
import { ACCOUNTING, accountingGroup, codeFacts, isRefusal, STATUS_TYPE } from './kinds.ts';
import { attributeEnd, HEADER_BYTES, type RadiusPacket } from './wire.ts';
import { WrittenRadius } from './written.ts';

/** The authenticator is what the header ends with. */
const AUTHENTICATOR_AT = 4;
const NOTHING = new Uint8Array(0);
const slab = new Slab();
/** Shows the call that is written. */
const writtenRadius = new WrittenRadius();

/** A packet in the chunk it came in, or in a block it shares with others. */
class PacketPlace {
  code = 0;
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  private isBorrowed = false;

  /** Is there a packet? */
  get isThere(): boolean {
    return this.end > 0;
  }

  /** It stays as it is until `keep`. */
  set({ code, bytes, start, end }: RadiusPacket): void {
    this.code = code;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isBorrowed = true;
  }

  /** The bytes go away: copies them, once. */
  keep(): void {
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    const length = this.end - this.start;
    this.start = slab.copy(this.bytes, this.start, this.end);
    this.bytes = slab.block;
    this.end = this.start + length;
  }

  clear(): void {
    this.code = 0;
    this.bytes = NOTHING;
    this.start = 0;
    this.end = 0;
    this.isBorrowed = false;
  }
}

export class RadiusCall extends CountedExchange {
  readonly protocol = 'radius';
  id = 0;
  readonly request = new PacketPlace();
  readonly response = new PacketPlace();
  /** The same request again, because its answer did not come. */
  retries = 0;
  /** Why there is no answer, when there should be one. */
  missing: string | undefined = undefined;
  /** The one that waits behind it in its conversation. */
  next: RadiusCall | null = null;
  /** Who will ask it to keep what it borrowed. */
  keptBy: object | null = null;

  /** The bytes stay as they are until `keep`. */
  asks(packet: RadiusPacket, span: Span): void {
    this.id = packet.id;
    this.request.set(packet);
    this.countRequest(packet.end - packet.start, span);
  }

  answers(packet: RadiusPacket, span: Span): void {
    this.id = packet.id;
    this.response.set(packet);
    this.countResponse(packet.end - packet.start, span);
  }

  keep(): void {
    this.request.keep();
    this.response.keep();
  }

  /** Lets go of what it was about. */
  reset(): void {
    this.request.clear();
    this.response.clear();
    this.retries = 0;
    this.missing = undefined;
    this.next = null;
    this.requestStart = null;
    this.requestEnd = null;
    this.responseStart = null;
    this.responseEnd = null;
    this.requestSize = 0;
    this.responseSize = 0;
  }

  /** A request that is sent again keeps its number and its authenticator (RFC 2865 §2.5). */
  isAgain({ code, bytes, start }: RadiusPacket): boolean {
    const before = this.request;
    if (!before.isThere || before.code !== code) return false;
    for (let at = AUTHENTICATOR_AT; at < HEADER_BYTES; at++) {
      if (before.bytes[before.start + at] !== bytes[start + at]) return false;
    }
    return true;
  }

  get status(): number | null {
    const { response } = this;
    if (!response.isThere) return null;
    return isRefusal(response.code) ? response.code : 0;
  }

  get error(): boolean {
    return this.missing !== undefined || (this.response.isThere && isRefusal(this.response.code));
  }

  endpoint(): string {
    return this.group().endpoint;
  }

  group(): CallGroup {
    const { request, response } = this;
    if (!request.isThere) return codeFacts(response.code).group;
    if (request.code !== ACCOUNTING) return codeFacts(request.code).group;
    let status = -1;
    for (let at = request.start + HEADER_BYTES; at < request.end; ) {
      const end = attributeEnd(request.bytes, at, request.end);
      if (end < 0) break;
      // Named by the last byte of four, as small numbers are.
      if (request.bytes[at] === STATUS_TYPE) status = end - at > 2 ? (request.bytes[end - 1] ?? 0) : 0;
      at = end;
    }
    return accountingGroup(status);
  }

  describe(): Description {
    return describeCall(this);
  }

  written(): WrittenRadius | null {
    return writtenRadius.of(this);
  }
}
