/** A request with its answer, kept as their bytes: read when somebody looks, used again when it is over. */

import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Span } from '../../dissect/dissector.ts';
import { HeldMessage, KeptExchange } from '../../dissect/kept-exchange.ts';
import { describeCall } from './describe.ts';
import { ACCOUNTING, accountingGroup, codeFacts, isRefusal, STATUS_TYPE } from './kinds.ts';
import { attributeEnd, HEADER_BYTES, type RadiusPacket } from './wire.ts';
import { WrittenRadius } from './written.ts';

/** The authenticator is what the header ends with. */
const AUTHENTICATOR_AT = 4;
/** Shows the call that is written. */
const writtenRadius = new WrittenRadius();

class HeldPacket extends HeldMessage {
  code = 0;

  /** It stays as it is until `keep`. */
  override hold(packet: RadiusPacket): void {
    super.hold(packet);
    this.code = packet.code;
  }
}

export class RadiusCall extends KeptExchange {
  readonly protocol = 'radius';
  id = 0;
  readonly asked = new HeldPacket();
  readonly answer = new HeldPacket();
  /** The same request again, because its answer did not come. */
  retries = 0;
  /** The one that waits behind it in its conversation. */
  next: RadiusCall | null = null;
  /** Who will ask it to keep what it borrowed. */
  keptBy: object | null = null;

  /** The bytes stay as they are until `keep`. */
  asks(packet: RadiusPacket, span: Span): void {
    this.id = packet.id;
    this.asked.hold(packet);
    this.countRequest(packet.end - packet.start, span);
  }

  answers(packet: RadiusPacket, span: Span): void {
    this.id = packet.id;
    this.answer.hold(packet);
    this.countResponse(packet.end - packet.start, span);
  }

  override reset(): void {
    super.reset();
    this.retries = 0;
    this.next = null;
  }

  /** A request that is sent again keeps its number and its authenticator (RFC 2865 §2.5). */
  isAgain({ code, bytes, start }: RadiusPacket): boolean {
    const before = this.asked;
    if (!before.isThere || before.code !== code) return false;
    for (let at = AUTHENTICATOR_AT; at < HEADER_BYTES; at++) {
      if (before.bytes[before.start + at] !== bytes[start + at]) return false;
    }
    return true;
  }

  get status(): number | null {
    const { answer } = this;
    if (!answer.isThere) return null;
    return isRefusal(answer.code) ? answer.code : 0;
  }

  get error(): boolean {
    return this.missing !== undefined || (this.answer.isThere && isRefusal(this.answer.code));
  }

  endpoint(): string {
    return this.group().endpoint;
  }

  group(): CallGroup {
    const { asked, answer } = this;
    if (!asked.isThere) return codeFacts(answer.code).group;
    if (asked.code !== ACCOUNTING) return codeFacts(asked.code).group;
    let status = -1;
    for (let at = asked.start + HEADER_BYTES; at < asked.end; ) {
      const end = attributeEnd(asked.bytes, at, asked.end);
      if (end < 0) break;
      // Named by the last byte of four, as small numbers are.
      if (asked.bytes[at] === STATUS_TYPE) status = end - at > 2 ? (asked.bytes[end - 1] ?? 0) : 0;
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
