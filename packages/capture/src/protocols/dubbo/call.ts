/** A request with its response, kept as their bytes: read when somebody looks, used again when it is over. */

import type { CallGroup } from '../../dissect/call-group.ts';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description, Span } from '../../dissect/dissector.ts';
import { HeldBytes } from '../../dissect/held-bytes.ts';
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

class BodyPlace extends HeldBytes {
  serialization = 0;
  status = 0;
  isThere = false;

  /** It stays as it is until `keep`. */
  take(message: Message): void {
    this.hold(message);
    this.serialization = message.serialization;
    this.status = message.status;
    this.isThere = true;
  }

  override release(): void {
    super.release();
    this.isThere = false;
  }
}

export class DubboCall extends CountedExchange implements Waiting<DubboCall> {
  readonly protocol = 'dubbo';
  high = 0;
  low = 0;
  isTwoWay = false;
  readonly asked = new BodyPlace();
  readonly replied = new BodyPlace();
  /** The response is an exception. */
  private isException = false;
  /** Looked up when somebody asks; null where the body is not read, or is unusual. */
  private known: MethodFacts | null | undefined = undefined;
  /** Why there is no reply, when there should be one. */
  missing: string | undefined = undefined;
  next: DubboCall | null = null;

  begin({ high, low, isTwoWay }: Message): this {
    this.high = high;
    this.low = low;
    this.isTwoWay = isTwoWay;
    return this;
  }

  /** The bytes stay as they are until `keep`. */
  asks(message: Message, span: Span): void {
    this.asked.take(message);
    this.countRequest(message.size, span);
    if (message.end - message.start < message.length) this.truncated = true;
  }

  answers(message: Message, span: Span): void {
    this.replied.take(message);
    this.countResponse(message.size, span);
    if (message.end - message.start < message.length) this.truncated = true;
    this.isException = message.status === OK && isException(message);
  }

  keep(): void {
    this.asked.keep();
    this.replied.keep();
  }

  /** Lets go of what it was about. */
  reset(): void {
    this.asked.release();
    this.replied.release();
    this.isException = false;
    this.known = undefined;
    this.missing = undefined;
    this.next = null;
    this.forget();
  }

  get status(): number | string | null {
    if (!this.replied.isThere) return null;
    const { status } = this.replied;
    return status !== OK ? status : this.isException ? 'exception' : 0;
  }

  get error(): boolean {
    return this.missing !== undefined || (this.replied.isThere && (this.replied.status !== OK || this.isException));
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
