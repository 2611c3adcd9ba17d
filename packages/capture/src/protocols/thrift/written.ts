/** A usual call and its reply as JSON, straight from their bytes. */

import { isAscii } from 'node:buffer';
import type { ProtocolId } from '@kubeshark/model';
import type { Exchange } from '../../dissect/dissector.ts';
import { SizedDescription } from '../../dissect/sized-description.ts';
import { JsonWriter, piece } from '../../json/json-writer.ts';
import { MAX_SUMMARY } from './describe.ts';
import type { NameFacts } from './frames.ts';
import { writeFields, writeStruct, writeValue } from './struct-json.ts';
import { Type } from './values.ts';

const THRIFT: readonly ProtocolId[] = ['thrift'];
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
interface UsualCall extends Exchange {
  readonly facts: NameFacts;
  readonly sequence: number;
  readonly isFramed: boolean;
  /** The structs of the message and its reply. */
  readonly bytes: Uint8Array;
  readonly body: number;
  readonly reply: Uint8Array;
  readonly replyBody: number;
}

/** Where what stands inside a text is put together. */
const inner = new JsonWriter();

/** One object, which is given call after call. */
export class WrittenThrift extends SizedDescription<UsualCall> {
  readonly protocols = THRIFT;

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
