/** A request with its response, kept as their bytes: read when somebody looks, used again when it is over. */

import type { CallGroup } from '../../dissect/call-group.ts';
import type { Description, Span } from '../../dissect/dissector.ts';
import { HeldMessage, KeptExchange } from '../../dissect/kept-exchange.ts';
import type { Waiting } from '../../dissect/waiting-calls.ts';
import { describeCall, OK, outcomeAt } from './describe.ts';
import { type MethodFacts, methodAt } from './methods.ts';
import { HESSIAN, type Message } from './wire.ts';
import { WrittenDubbo } from './written.ts';

/** What a response begins with: an exception, a value, null, and the same with attachments (DubboCodec of Dubbo). */
const FIRST_FLAG = 0x90;
const FLAGS = 6;
const KINDS = 3;
/** Shows the call that is written. */
const writtenDubbo = new WrittenDubbo();

class HeldBody extends HeldMessage {
  serialization = 0;
  status = 0;

  /** It stays as it is until `keep`. */
  override hold(message: Message): void {
    super.hold(message);
    this.serialization = message.serialization;
    this.status = message.status;
  }
}

export class DubboCall extends KeptExchange implements Waiting<DubboCall> {
  readonly protocol = 'dubbo';
  high = 0;
  low = 0;
  isTwoWay = false;
  readonly asked = new HeldBody();
  readonly answer = new HeldBody();
  /** The response is an exception. */
  private isException = false;
  /** Looked up when somebody asks; null where the body is not read, or is unusual. */
  private known: MethodFacts | null | undefined = undefined;
  next: DubboCall | null = null;

  begin({ high, low, isTwoWay }: Message): this {
    this.high = high;
    this.low = low;
    this.isTwoWay = isTwoWay;
    return this;
  }

  /** The bytes stay as they are until `keep`. */
  asks(message: Message, span: Span): void {
    this.asked.hold(message);
    this.countRequest(message.size, span);
    if (message.end - message.start < message.length) this.truncated = true;
  }

  answers(message: Message, span: Span): void {
    this.answer.hold(message);
    this.countResponse(message.size, span);
    if (message.end - message.start < message.length) this.truncated = true;
    this.isException = message.status === OK && isException(message);
  }

  override reset(): void {
    super.reset();
    this.isException = false;
    this.known = undefined;
    this.next = null;
  }

  get status(): number | string | null {
    if (!this.answer.isThere) return null;
    const { status } = this.answer;
    return status !== OK ? status : this.isException ? 'exception' : 0;
  }

  get error(): boolean {
    return this.missing !== undefined || (this.answer.isThere && (this.answer.status !== OK || this.isException));
  }

  /** What is known of its method. */
  get method(): MethodFacts | null {
    const { isThere, serialization, bytes, start, end } = this.asked;
    if (!isThere || serialization !== HESSIAN) return null;
    if (this.known === undefined) this.known = methodAt(bytes, start, end);
    return this.known;
  }

  endpoint(): string {
    return this.method?.group.endpoint ?? this.describe().endpoint;
  }

  group(): CallGroup | null {
    return this.method?.group ?? null;
  }

  describe(): Description {
    return describeCall(this);
  }

  written(): WrittenDubbo | null {
    return writtenDubbo.of(this);
  }
}

function isException(message: Message): boolean {
  const { serialization, bytes, start, end } = message;
  const flag = start < end ? (bytes[start] ?? 0) - FIRST_FLAG : -1;
  if (serialization === HESSIAN && flag >= 0 && flag < FLAGS) return flag % KINDS === 0;
  return outcomeAt(message)?.kind === 'exception';
}
