/** A message without headers, or a request with its reply, as JSON straight from their bytes. What is rare is described. */

import type { ProtocolId } from '@kubeshark/model';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { writeLatency } from '../../dissect/entry-json.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writeWholeBody } from '../../json/written-values.ts';
import type { CallFacts } from './call.ts';
import type { Half } from './halves.ts';
import type { About } from './subjects.ts';

const NATS: readonly ProtocolId[] = ['nats'];
/** Longer ones are cut. */
const MAX_LINE_CHARACTERS = 150;

const SIZE = piece('{"size":');
const STATUS = piece(',"status":0');
const REPLY_TO = piece(',"replyTo":"');
const ARROW = piece(' → ');
const BYTES = piece(' bytes)"');
const DOLLAR = 0x24;

/** What stands around a publication, a request with its reply, a delivery. */
const REQUEST = piece(',"request":{"size":');
const NO_RESPONSE = piece('},"response":null');
const RESPONSE = piece('},"response":{"size":');
const NO_REQUEST = piece(',"request":null,"response":{"size":');
const LATENCY = piece(',"latency":');
const OPEN = piece(' bytes)","status":null,"error":false,"latency":null');
const DELIVERED = piece(' bytes)","status":0,"error":false,"latency":null');
const ANSWERED = piece(' bytes)","status":0,"error":false,"latency":');

/** One object, which is given call after call. */
export class WrittenNats implements WrittenDescription {
  readonly protocols = NATS;
  readonly traceId = undefined;
  readonly errorText = undefined;
  method = '';
  private call: CallFacts | null = null;
  private about: About | null = null;

  /** The call to be written next; null when it has to be described. */
  of(call: CallFacts): this | null {
    const { request, response, status, main } = call;
    const { about, subjectStart, subjectEnd, replyStart, replyEnd } = main;
    if (about === null || call.error || call.truncated || call.mayAnswer || (status !== null && status !== 0))
      return null;
    if ((request !== null && !isPlain(request)) || (response !== null && !isPlain(response))) return null;
    if (subjectEnd - subjectStart + replyEnd - replyStart > MAX_LINE_CHARACTERS) return null;
    this.call = call;
    this.about = about;
    this.method = main.verb;
    return this;
  }

  get endpoint(): string {
    return this.about?.group.endpoint ?? '';
  }

  writeSummary(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return json.text('');
    const { verb, subject, length } = call.main;
    json.raw('"');
    json.textPart(verb);
    json.raw(' ');
    json.textPart(subject);
    writeArrow(json, call.main);
    json.raw(' (');
    json.number(length);
    json.copyOf(BYTES);
  }

  writeRequest(json: JsonWriter): void {
    const request = this.call?.request ?? null;
    if (request === null) return json.raw('null');
    json.copyOf(SIZE);
    json.number(request.size);
    writePayload(json, request);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    const response = this.call?.response ?? null;
    if (response === null) return json.raw('null');
    json.copyOf(SIZE);
    writeAnswer(json, response);
    json.raw('}');
  }

  writeMiddle(json: JsonWriter): void {
    const { call, about } = this;
    if (call === null || about === null) return;
    const { request, response, main } = call;
    let start = 0;
    let end = 0;
    if (request === null) json.copyOf(NO_REQUEST);
    else {
      json.copyOf(REQUEST);
      json.number(request.size);
      writePayload(json, request);
      json.copyOf(response === null ? NO_RESPONSE : RESPONSE);
    }
    if (response !== null) {
      writeAnswer(json, response);
      if (request !== null) {
        json.copyOf(LATENCY);
        start = json.length;
        writeLatency(json, call);
        end = json.length;
      }
      json.raw('}');
    }
    json.copyOf(about.names);
    if (about.subject === null) json.asciiPart(main.names, main.subjectStart, main.subjectEnd);
    writeArrow(json, main);
    json.raw(' (');
    json.number(main.length);
    if (response === null) return json.copyOf(OPEN);
    if (request === null) return json.copyOf(DELIVERED);
    json.copyOf(ANSWERED);
    json.again(start, end);
  }

  writeData(json: JsonWriter): void {
    const { call, about } = this;
    if (call === null || about === null) return;
    const { main } = call;
    json.copyOf(about.data);
    if (about.subject === null) {
      json.asciiPart(main.names, main.subjectStart, main.subjectEnd);
      json.raw('"');
    }
    if (!main.hasReplyTo) return json.raw('}');
    json.copyOf(REPLY_TO);
    json.asciiPart(main.names, main.replyStart, main.replyEnd);
    json.raw('"}');
  }
}

/** No headers, no words for JetStream: they tell more. */
const isPlain = ({ isUsual, about, hasReplyTo, names, replyStart }: Half): boolean =>
  isUsual && about !== null && !(hasReplyTo && names[replyStart] === DOLLAR);

function writeArrow(json: JsonWriter, { hasReplyTo, names, replyStart, replyEnd }: Half): void {
  if (!hasReplyTo) return;
  json.copyOf(ARROW);
  json.asciiPart(names, replyStart, replyEnd);
}

/** From its size on, without the closing brace. */
function writeAnswer(json: JsonWriter, half: Half): void {
  json.number(half.size);
  json.copyOf(STATUS);
  writePayload(json, half);
}

function writePayload(json: JsonWriter, { bytes, from, to, length }: Half): void {
  if (length > 0) writeWholeBody(json, bytes, from, to);
}
