/** A request with its response as JSON, straight from their bytes; what is unusual is described. */

import type { ProtocolId } from '@kubeshark/model';
import { asBuffer } from '../../decode/content.ts';
import type { Exchange } from '../../dissect/dissector.ts';
import { SizedDescription } from '../../dissect/sized-description.ts';
import { JsonWriter, piece } from '../../json/json-writer.ts';
import { AttachmentsRead } from './attachments-json.ts';
import { MAX_ARGUMENTS } from './bodies.ts';
import { type CallFacts, exceptionLine, MAX_SUMMARY, OK } from './describe.ts';
import { HessianJson } from './hessian-json.ts';
import type { MethodFacts } from './methods.ts';
import { RequestDigits } from './request-digits.ts';
import { HESSIAN } from './wire.ts';

const DUBBO: readonly ProtocolId[] = ['dubbo'];
const FINE = piece(',"status":0,"statusText":"OK"');
const FAILED = piece(',"status":"exception","statusText":"OK"');
const REQUEST_ID = piece(',"dubbo":{"requestId":"');
const TWO_WAY = piece('","serialization":"hessian2","twoWay":true');
const ONE_WAY = piece('","serialization":"hessian2","twoWay":false');
const RESULT = piece(',"result":');
const NULL_RESULT = piece(',"result":null');
const EXCEPTION = piece(',"exception":{"class":');
const MESSAGE = piece(',"message":');
const SEPARATOR = ', ';
/** What a response begins with: an exception, a value, null, and the same with attachments. */
const FIRST_FLAG = 0x90;
const FLAGS = 6;
const KINDS = 3;
type Kind = 'exception' | 'value' | 'null' | 'none';
const kinds: readonly Kind[] = ['exception', 'value', 'null'];

/** What is read of a call. */
interface WholeCall extends CallFacts, Exchange {
  readonly method: MethodFacts | null;
  readonly requestSize: number;
  readonly responseSize: number;
  readonly status: number | string | null;
  readonly error: boolean;
}

const reader = new HessianJson();
const digits = new RequestDigits();
/** Arguments, attachments and what came of it, as JSON: read before anything is written, since it may have to be refused. */
const aside = new JsonWriter();
/** One object, which is given call after call. */
export class WrittenDubbo extends SizedDescription<WholeCall> {
  readonly protocols = DUBBO;
  private facts: MethodFacts | null = null;
  /** Where each argument begins and ends in what stands aside. */
  private readonly starts = new Int32Array(MAX_ARGUMENTS);
  private readonly ends = new Int32Array(MAX_ARGUMENTS);
  private readonly asked = new AttachmentsRead(reader, aside);
  private kind: Kind = 'none';
  private className = '';
  /** The result, or the message of an exception. */
  private resultAt = 0;
  private resultEnd = 0;
  private readonly answered = new AttachmentsRead(reader, aside);

  override of(call: WholeCall): this | null {
    const { answer, method } = call;
    if (method === null || call.missing !== undefined) return null;
    this.facts = method;
    aside.length = 0;
    if (!this.readRequest(call, method)) return null;
    this.kind = 'none';
    if (!answer.isThere) return call.isTwoWay ? null : super.of(call);
    if (answer.serialization !== HESSIAN || answer.status !== OK || !this.readResponse(call)) return null;
    return super.of(call);
  }

  private readRequest({ asked }: WholeCall, method: MethodFacts): boolean {
    const { bytes, start, end } = asked;
    reader.begin(bytes, start + method.length, end);
    for (let i = 0; i < method.parameters; i++) {
      if (i > 0) aside.raw(',');
      this.starts[i] = aside.length;
      reader.write(aside, 0);
      this.ends[i] = aside.length;
    }
    this.asked.read(bytes, end);
    this.traceId = this.asked.traceId;
    return !reader.isOdd;
  }

  private readResponse({ answer }: WholeCall): boolean {
    const { bytes, start, end } = answer;
    const flag = start < end ? (bytes[start] ?? 0) - FIRST_FLAG : -1;
    if (flag < 0 || flag >= FLAGS) return false;
    this.kind = kinds[flag % KINDS] ?? 'none';
    reader.begin(bytes, start + 1, end);
    this.resultAt = aside.length;
    if (this.kind === 'exception' && !reader.isObject) return false;
    if (this.kind !== 'null') reader.write(aside, 0);
    this.resultEnd = aside.length;
    if (this.kind === 'exception') {
      this.className = reader.className;
      this.resultAt = reader.messageStart;
      this.resultEnd = reader.messageEnd;
    }
    if (flag >= KINDS) this.answered.read(bytes, end);
    else this.answered.clear();
    return !reader.isOdd;
  }

  get method(): string {
    return this.facts?.method ?? '';
  }

  get endpoint(): string {
    return this.facts?.group.endpoint ?? '';
  }

  /** Only exceptions are written. */
  get errorText(): string | undefined {
    return this.kind === 'exception' ? exceptionLine(this.className, this.message) : undefined;
  }

  /** Of an exception; empty where it has none that is a text. */
  private get message(): string {
    if (this.resultEnd === 0 || !aside.isTextAt(this.resultAt)) return '';
    return JSON.parse(textOf(this.resultAt, this.resultEnd)) as string;
  }

  override writeSummary(json: JsonWriter): void {
    const { facts } = this;
    const start = json.length;
    if (facts === null) return json.text('');
    if (facts.summary !== null && this.writePlainSummary(json, facts.summary, facts.parameters)) return;
    json.length = start;
    const values = Array.from({ length: facts.parameters }, (_, i) => textOf(this.starts[i] ?? 0, this.ends[i] ?? 0));
    const text = `${facts.group.endpoint}(${values.join(SEPARATOR)})`;
    json.text(text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text);
  }

  /** Of ASCII, in which a byte is a character; false where there is something else. */
  private writePlainSummary(json: JsonWriter, head: Uint8Array, parameters: number): boolean {
    let room = MAX_SUMMARY - head.length;
    json.raw('"');
    json.copyOf(head);
    for (let i = 0; i < parameters && room >= 0; i++) {
      if (i > 0) {
        json.raw(room >= SEPARATOR.length ? SEPARATOR : SEPARATOR.slice(0, room));
        room -= SEPARATOR.length;
      }
      const [start = 0, end = 0] = [this.starts[i], this.ends[i]];
      if (room > 0 && !json.insideText(aside, start, end, room)) return false;
      room -= end - start;
    }
    if (room > 0) json.raw(')"');
    else json.utf8('…"');
    return true;
  }

  protected override writeAsked(json: JsonWriter): void {
    this.asked.write(json);
  }

  protected override writeAnswered(json: JsonWriter): void {
    json.copyOf(this.kind === 'exception' ? FAILED : FINE);
    // Without members they are not told.
    if (!this.answered.isEmpty) this.answered.write(json);
  }

  override writeData(json: JsonWriter): void {
    const { call, facts } = this;
    if (call === null || facts === null) return;
    json.copyOf(REQUEST_ID);
    digits.write(json, call.high, call.low);
    json.copyOf(call.isTwoWay ? TWO_WAY : ONE_WAY);
    json.copyOf(facts.data);
    json.copyFrom(aside, 0, facts.parameters === 0 ? 0 : (this.ends[facts.parameters - 1] ?? 0));
    json.raw(']');
    if (this.kind === 'null') json.copyOf(NULL_RESULT);
    else if (this.kind === 'value') {
      json.copyOf(RESULT);
      json.copyFrom(aside, this.resultAt, this.resultEnd);
    } else if (this.kind === 'exception') {
      json.copyOf(EXCEPTION);
      json.text(this.className);
      json.copyOf(MESSAGE);
      json.text(this.message);
      json.raw('}');
    }
    json.raw('}');
  }
}

const textOf = (start: number, end: number): string => asBuffer(aside.written().subarray(start, end)).toString();
