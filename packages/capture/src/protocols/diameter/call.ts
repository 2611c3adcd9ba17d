/** A request with its answer, kept as their bytes: read when somebody looks, used again when it is over. */

import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Side, Span } from '../../dissect/dissector.ts';
import { HeldMessage, KeptExchange } from '../../dissect/kept-exchange.ts';
import { u32 } from '../../packet/big-endian.ts';
import { describeCall } from './describe.ts';
import { type Kind, kinds, NO_KIND } from './kinds.ts';
import { avpBehind, avpEnd, codeAt, HEADER_BYTES, KIND_AT, KIND_END, type Message, valueAt } from './wire.ts';
import { WrittenDiameter } from './written.ts';

const RESULT_CODE = 268;
const EXPERIMENTAL_RESULT = 297;
const EXPERIMENTAL_RESULT_CODE = 298;
/** From here on results are errors (RFC 6733 §7.1); a redirect is none. */
const FIRST_ERROR = 3000;
const REDIRECT = 3006;
const NO_RESULT = -1;
/** Shows the call that is written. */
const writtenDiameter = new WrittenDiameter();

export class DiameterCall extends KeptExchange {
  readonly protocol = 'diameter';
  /** Who asks: both peers may. */
  side: Side = 'client';
  hopByHop = 0;
  kind: Kind = NO_KIND;
  readonly asked = new HeldMessage();
  readonly answer = new HeldMessage();
  private code = NO_RESULT;
  isError = false;
  isResent = false;

  /** `side`: who sent the message that is known first. */
  begin(side: Side, { isRequest, hopByHop, bytes, start }: Message): this {
    this.side = isRequest === (side === 'client') ? 'client' : 'server';
    this.hopByHop = hopByHop;
    this.kind = kinds.of(bytes, start + KIND_AT, start + KIND_END);
    return this;
  }

  /** The bytes stay as they are until `keep`. */
  take(message: Message, span: Span): void {
    const { bytes, start, end, isRequest, length } = message;
    if (end - start < length) this.truncated = true;
    if (isRequest) {
      this.asked.hold(message);
      this.isResent = message.isResent;
      this.countRequest(end - start, span);
      return;
    }
    this.answer.hold(message);
    this.code = resultOf(bytes, start + HEADER_BYTES, end);
    this.isError = message.isError;
    this.countResponse(end - start, span);
  }

  override reset(): void {
    super.reset();
    this.kind = NO_KIND;
    this.code = NO_RESULT;
    this.isError = false;
    this.isResent = false;
  }

  /** Result-Code, or what stands for it. */
  get result(): number | undefined {
    return this.code === NO_RESULT ? undefined : this.code;
  }

  get status(): number | null {
    if (!this.answer.isThere) return null;
    const result = this.result ?? 0;
    return result >= FIRST_ERROR || this.isError ? result : 0;
  }

  get error(): boolean {
    if (this.missing !== undefined) return true;
    const result = this.result ?? 0;
    return this.answer.isThere && result !== REDIRECT && (result >= FIRST_ERROR || this.isError);
  }

  endpoint(): string {
    return this.kind.group.endpoint;
  }

  group(): CallGroup {
    return this.kind.group;
  }

  describe(): Description {
    return describeCall(this);
  }

  written(): WrittenDiameter | null {
    return writtenDiameter.of(this);
  }
}

/** Result-Code, or what stands for it in a group of a vendor. */
function resultOf(bytes: Uint8Array, start: number, limit: number): number {
  for (let at = start, end = 0; at < limit; at = avpBehind(at, end)) {
    end = avpEnd(bytes, at, limit);
    if (end < 0) return NO_RESULT;
    const code = codeAt(bytes, at);
    const value = valueAt(bytes, at);
    if (code === RESULT_CODE && end - value === 4) return u32(bytes, value);
    if (code !== EXPERIMENTAL_RESULT) continue;
    const inner = experimentalResult(bytes, value, end);
    if (inner !== NO_RESULT) return inner;
  }
  return NO_RESULT;
}

function experimentalResult(bytes: Uint8Array, start: number, limit: number): number {
  for (let at = start, end = 0; at < limit; at = avpBehind(at, end)) {
    end = avpEnd(bytes, at, limit);
    if (end < 0) return NO_RESULT;
    const value = valueAt(bytes, at);
    if (codeAt(bytes, at) === EXPERIMENTAL_RESULT_CODE && end - value === 4) return u32(bytes, value);
  }
  return NO_RESULT;
}
