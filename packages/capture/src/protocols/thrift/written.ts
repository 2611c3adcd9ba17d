/** A usual call and its reply as JSON, straight from their bytes. */

import { isAscii } from 'node:buffer';
import type { ProtocolId } from '@kubeshark/model';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { JsonWriter, piece } from '../../json/json-writer.ts';
import { MAX_SUMMARY } from './describe.ts';
import type { NameFacts } from './frames.ts';
import { writeFields, writeStruct, writeValue } from './struct-json.ts';
import { Type } from './values.ts';

const THRIFT: readonly ProtocolId[] = ['thrift'];
const SIZE = piece('{"size":');
const FINE = piece(',"status":0}');
const FAILED = piece(',"status":"exception"}');
const SEQUENCE = piece(',"sequence":');
const FRAMED = piece(',"protocol":"binary","transport":"framed"');
const BUFFERED = piece(',"protocol":"binary","transport":"buffered"');
const RESULT = piece(',"result":');
const EXCEPTION = piece(',"exception":');
const CUT = piece('…"');
const CLOSING = piece(')');
/** A type and a number of two bytes. */
const FIELD_HEAD_BYTES = 3;

/** What is read of a call. */
interface UsualCall {
  readonly facts: NameFacts;
  readonly sequence: number;
  readonly isFramed: boolean;
  /** The structs of the message and its reply. */
  readonly bytes: Uint8Array;
  readonly body: number;
  readonly reply: Uint8Array;
  readonly replyBody: number;
  readonly error: boolean;
  readonly requestSize: number;
  readonly responseSize: number;
}

/** Where what stands inside a text is put together. */
const inner = new JsonWriter();

/** One object, which is given call after call. */
export class WrittenThrift implements WrittenDescription {
  readonly protocols = THRIFT;
  readonly traceId = undefined;
  private call: UsualCall | null = null;

  of(call: UsualCall): this {
    this.call = call;
    return this;
  }

  get method(): string {
    return this.call?.facts.method ?? '';
  }

  get endpoint(): string {
    return this.call?.facts.name ?? '';
  }

  get errorText(): string | undefined {
    const { call } = this;
    if (call === null || !call.error) return undefined;
    inner.length = 0;
    writeStruct(inner, call.reply, call.replyBody);
    return `exception ${textOf(inner).slice(0, MAX_SUMMARY)}`;
  }

  writeSummary(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return json.text('');
    inner.length = 0;
    inner.isRefused = false;
    inner.copyOf(call.facts.summary);
    writeFields(inner, call.bytes, call.body);
    inner.copyOf(CLOSING);
    if (inner.isRefused) json.isRefused = true;
    const bytes = inner.written();
    if (isAscii(bytes)) {
      json.raw('"');
      json.asciiPart(bytes, 0, Math.min(bytes.length, MAX_SUMMARY));
      if (bytes.length > MAX_SUMMARY) json.copyOf(CUT);
      else json.raw('"');
      return;
    }
    const text = textOf(inner);
    json.text(text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text);
  }

  writeRequest(json: JsonWriter): void {
    json.copyOf(SIZE);
    json.number(this.call?.requestSize ?? 0);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    json.copyOf(SIZE);
    json.number(this.call?.responseSize ?? 0);
    json.copyOf(this.call?.error === true ? FAILED : FINE);
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { facts, reply, replyBody } = call;
    json.copyOf(facts.data);
    writeStruct(json, call.bytes, call.body);
    json.copyOf(SEQUENCE);
    json.number(call.sequence);
    json.copyOf(call.isFramed ? FRAMED : BUFFERED);
    if (call.error) {
      json.copyOf(EXCEPTION);
      writeStruct(json, reply, replyBody);
    } else if (reply[replyBody] !== Type.STOP) {
      json.copyOf(RESULT);
      writeValue(json, reply, replyBody + FIELD_HEAD_BYTES, reply[replyBody] ?? 0);
    }
    json.raw('}');
  }
}

const textOf = (json: JsonWriter): string => Buffer.from(json.written()).toString();
