/** A usual command and its reply as JSON, straight from their bytes. */

import type { ProtocolId } from '@kubeshark/model';
import type { CallGroup } from '../../dissect/call-group.ts';
import type { Exchange } from '../../dissect/dissector.ts';
import { SizedDescription } from '../../dissect/sized-description.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writeWholeBody } from '../../json/written-values.ts';
import type { CommandFacts } from './frames.ts';

const MEMCACHED: readonly ProtocolId[] = ['memcached'];
const REPLY = piece(',"status":0,"reply":"');
const NUMBER = piece('NUMBER ');
const END_OF_TEXT = piece('"}');
const ARGS = piece('],"args":["');
const HIT = piece('],"hit":true,"reply":"');
const MISS = piece('],"hit":false,"reply":"');
const WORD = piece('],"reply":"');
const SPACE = 0x20;
const DIGIT_ZERO = 0x30;
const DIGIT_NINE = 0x39;

/** What is read of a call; places of the command are counted from its start. */
interface UsualCall extends Exchange {
  readonly facts: CommandFacts;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly argsEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly reply: Uint8Array;
  readonly wordStart: number;
  readonly wordEnd: number;
  readonly isHit: boolean;
  readonly receivedStart: number;
  readonly receivedEnd: number;
  group(): CallGroup;
}

/** One object, which is given call after call. */
export class WrittenMemcached extends SizedDescription<UsualCall> {
  readonly protocols = MEMCACHED;
  readonly errorText = undefined;

  get method(): string {
    return this.call?.facts.name ?? '';
  }

  get endpoint(): string {
    return this.call?.group().endpoint ?? '';
  }

  writeSummary(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return json.text('');
    const { facts, bytes, start } = call;
    json.copyOf(facts.summary);
    json.asciiPart(bytes, start + call.keyStart, start + call.keyEnd);
    json.raw('"');
  }

  protected override writeAsked(json: JsonWriter, { bytes, start, valueStart, valueEnd }: UsualCall): void {
    writeValue(json, bytes, start + valueStart, start + valueEnd);
  }

  protected override writeAnswered(json: JsonWriter, call: UsualCall): void {
    const { reply, wordStart, wordEnd } = call;
    writeValue(json, reply, call.receivedStart, call.receivedEnd);
    json.copyOf(REPLY);
    if (isDigit(reply[wordStart] ?? 0)) json.copyOf(NUMBER);
    json.asciiPart(reply, wordStart, wordEnd);
    json.raw('"');
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { facts, bytes, start, keyStart, keyEnd, reply } = call;
    json.copyOf(facts.data);
    json.ascii(bytes, start + keyStart, start + keyEnd);
    if (call.argsEnd > keyEnd) writeArgs(json, bytes, start + keyEnd + 1, start + call.argsEnd);
    json.copyOf(facts.isRead ? (call.isHit ? HIT : MISS) : WORD);
    json.asciiPart(reply, call.wordStart, call.wordEnd);
    json.copyOf(END_OF_TEXT);
  }
}

function writeValue(json: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  const size = end - start;
  if (size > 0) writeWholeBody(json, bytes, start, end);
}

/** Words with one space between them. */
function writeArgs(json: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  json.copyOf(ARGS);
  let from = start;
  for (let at = start; at <= end; at++) {
    if (at < end && bytes[at] !== SPACE) continue;
    if (from > start) json.raw('","');
    json.asciiPart(bytes, from, at);
    from = at + 1;
  }
  json.raw('"');
}

const isDigit = (byte: number): boolean => byte >= DIGIT_ZERO && byte <= DIGIT_NINE;
