/** A usual command and its reply as JSON, straight from their bytes. */

import type { ProtocolId } from '@kubeshark/model';
import type { CallGroup } from '../../dissect/call-group.ts';
import type { Exchange } from '../../dissect/dissector.ts';
import { SizedDescription } from '../../dissect/sized-description.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writePrintable } from '../../json/printable-text.ts';
import type { CommandFacts } from './command-facts.ts';
import { lineOf, MAX_ARGS } from './describe.ts';
import { ARRAY, BULK, FAILURE, headAt, INTEGER, lineEnd, NIL } from './frames.ts';
import { hitOf } from './hits.ts';
import { type KeyRange, keysOf, MAX_KEYS } from './keys.ts';
import { lineValue, wholeValue } from './values.ts';
import { WrittenLine } from './written-line.ts';

const REDIS: readonly ProtocolId[] = ['redis'];
const KEY = piece(',"key":');
const KEYS = piece(',"keys":[');
const ARGS = piece(',"args":[');
const RESPONSE = piece(',"response":');
const ONE_KEY = piece(',"key":"');
const ONE_OF_KEYS = piece('","keys":["');
const FIRST_ARG = piece('"],"args":["');
const NEXT_ARG = piece('","');
const END_OF_ARGS = piece('"]');
const HIT = piece(',"hit":true');
const MISS = piece(',"hit":false');
const ERROR_KIND = piece(',"errorKind":');

const DIGIT_ZERO = 0x30;
/** Integers of so many digits are exact as numbers. */
const SAFE_DIGITS = 15;
const CRLF_BYTES = 2;

/** What is read of a call. */
interface WholeCall extends Exchange {
  readonly facts: CommandFacts;
  /** Words, the name among them. */
  readonly count: number;
  /** The command and its reply, each from its first byte on. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly reply: Uint8Array;
  readonly replyStart: number;
  readonly replyEnd: number;
  readonly status: number | string;
  readonly errorText: string;
  group(): CallGroup;
  words(): readonly string[];
}

/** One object, which is given call after call. */
export class WrittenRedis extends SizedDescription<WholeCall> {
  readonly protocols = REDIS;
  private readonly line = new WrittenLine();

  override of(call: WholeCall): this | null {
    this.line.forget();
    return super.of(call);
  }

  get method(): string {
    return this.call?.facts.name ?? '';
  }

  get endpoint(): string {
    return this.call?.group().endpoint ?? '';
  }

  get errorText(): string | undefined {
    return this.call?.error === true ? this.call.errorText : undefined;
  }

  writeSummary(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return json.text('');
    const start = json.length;
    if (this.line.write(json, call)) return;
    json.length = start;
    json.text(lineOf(call.words()));
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { facts, reply, replyStart } = call;
    json.copyOf(facts.data);
    if (isOneKeyFirst(call) && this.line.notedIn(json) === call.count) this.writeNoted(json, call.count);
    else writeWords(json, call);
    json.copyOf(RESPONSE);
    writeValue(json, reply, replyStart);
    if (call.error) {
      json.copyOf(ERROR_KIND);
      json.value(call.status);
    } else {
      const hit = hits(call);
      if (hit !== undefined) json.copyOf(hit ? HIT : MISS);
    }
    json.raw('}');
  }

  /** Keys and arguments, from the words of the summary. */
  private writeNoted(json: JsonWriter, count: number): void {
    const { line } = this;
    json.copyOf(ONE_KEY);
    line.writeAgain(json, 1);
    json.copyOf(ONE_OF_KEYS);
    line.writeAgain(json, 1);
    json.copyOf(FIRST_ARG);
    line.writeAgain(json, 1);
    for (let i = 2; i < count; i++) {
      json.copyOf(NEXT_ARG);
      line.writeAgain(json, i);
    }
    json.copyOf(END_OF_ARGS);
  }
}

/** Is its key the first word behind its name, and the only one? */
const isOneKeyFirst = ({ facts: { keys }, count }: WholeCall): boolean =>
  keys !== null && keys !== 'none' && keys.first === 1 && keys.last === 0 && count > 1;

/** Keys and arguments, from their bytes. */
function writeWords(json: JsonWriter, call: WholeCall): void {
  const { bytes, start, count } = call;
  writeKeys(json, call);
  json.copyOf(ARGS);
  let at = wordBehind(bytes, headAt(bytes, start).end);
  for (let i = 1; i < count && i <= MAX_ARGS; i++) {
    if (i > 1) json.raw(',');
    at = writeValue(json, bytes, at);
  }
  json.raw(']');
}

/** Where the word behind the one at `at` stands. */
function wordBehind(bytes: Uint8Array, at: number): number {
  const { length, end } = headAt(bytes, at);
  return end + length + CRLF_BYTES;
}

function writeKeys(json: JsonWriter, call: WholeCall): void {
  const { keys } = call.facts;
  if (keys === 'none') return;
  if (keys !== null) return writeRange(json, call, keys);
  const found = keysOf(call.words());
  if (found[0] === undefined) return;
  json.copyOf(KEY);
  json.text(found[0]);
  json.raw(',"keys":');
  json.value(found);
}

function writeRange(json: JsonWriter, { bytes, start, count }: WholeCall, { first, last, step }: KeyRange): void {
  const end = Math.min(last >= 0 ? first + last : count + last, count - 1);
  if (first > end) return;
  let at = headAt(bytes, start).end;
  for (let i = 0; i < first; i++) at = wordBehind(bytes, at);
  json.copyOf(KEY);
  writeValue(json, bytes, at);
  json.copyOf(KEYS);
  let written = 0;
  for (let i = first; i <= end && written < MAX_KEYS; i++) {
    if ((i - first) % step !== 0) {
      at = wordBehind(bytes, at);
      continue;
    }
    if (written++ > 0) json.raw(',');
    at = writeValue(json, bytes, at);
  }
  json.raw(']');
}

/** Writes the value at `at`, which is whole; returns where it ends. */
function writeValue(json: JsonWriter, bytes: Uint8Array, at: number): number {
  const type = bytes[at];
  if (type === BULK) {
    const { length, end } = headAt(bytes, at);
    if (length === NIL) {
      json.raw('null');
      return end;
    }
    writePrintable(json, bytes, end, end + length);
    return end + length + CRLF_BYTES;
  }
  if (type === ARRAY) return writeList(json, bytes, at);
  const end = lineEnd(bytes, at + 1, bytes.length);
  if (type === FAILURE) json.raw('{"error":');
  if (type === INTEGER) writeInteger(json, bytes, at + 1, end);
  else writePrintable(json, bytes, at + 1, end);
  if (type === FAILURE) json.raw('}');
  return end + CRLF_BYTES;
}

function writeList(json: JsonWriter, bytes: Uint8Array, at: number): number {
  const { length, end } = headAt(bytes, at);
  if (length === NIL) {
    json.raw('null');
    return end;
  }
  json.raw('[');
  let next = end;
  for (let i = 0; i < length; i++) {
    if (i > 0) json.raw(',');
    next = writeValue(json, bytes, next);
  }
  json.raw(']');
  return next;
}

function writeInteger(json: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  if (isCanonical(bytes, start, end)) json.asciiPart(bytes, start, end);
  else json.value(lineValue(':', bytes.subarray(start, end)));
}

/** Digits as a number is written: few, and no zero before others. */
function isCanonical(bytes: Uint8Array, start: number, end: number): boolean {
  const digits = end - start;
  if (digits === 0 || digits > SAFE_DIGITS || (digits > 1 && bytes[start] === DIGIT_ZERO)) return false;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - DIGIT_ZERO;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

/** `hitOf`, without making the reply where its first bytes tell. */
function hits({ facts, reply, replyStart, replyEnd }: WholeCall): boolean | undefined {
  const type = reply[replyStart];
  if (facts.miss === null) return undefined;
  if (facts.miss === 'nil' && type === BULK) return headAt(reply, replyStart).length !== NIL;
  if (facts.miss === 'empty' && type === ARRAY) return headAt(reply, replyStart).length > 0;
  return hitOf(facts.name, wholeValue(reply, replyStart, replyEnd).value);
}
