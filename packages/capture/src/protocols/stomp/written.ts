/** Calls as JSON out of the bytes of their heads and bodies, and of destinations that are kept. What is odd is described. */

import type { ProtocolId } from '@kubeshark/model';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { writeLatency, writeMiddle } from '../../dissect/entry-json.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writeBody, writeUtf8 } from '../../json/written-values.ts';
import type { CallFacts } from './call.ts';
import { summaryOf, toldOf } from './describe.ts';
import type { Frame } from './frame.ts';
import { Role } from './headers.ts';

const STOMP: readonly ProtocolId[] = ['stomp'];
/** More headers than any client sends are described: names are looked for among all before them. */
const MAX_PLAIN_HEADERS = 32;

const SIZE = piece('{"size":');
const HEADERS = piece(',"headers":');
const STATUS = piece(',"status":');
const HELD_MILLIS = piece(',"heldMillis":');
const ACK_MODE = piece(',"ackMode":');
const KEYS = new Map(
  ['subscription', 'messageId', 'transaction', 'receipt', 'host'].map((name) => [name, piece(`,"${name}":`)]),
);
const NOTHING = piece('');

/** What stands around frames of the usual kind: the client's, its answer, what the server sent by itself. */
const REQUEST = piece(',"request":{"size":');
const NO_REQUEST = piece(',"request":null,"response":{"size":');
const NO_RESPONSE = piece('},"response":null');
const RESPONSE = piece('},"response":{"size":');
const ANSWERED = piece(',"status":0,"latency":');
const FINE = piece(',"status":0}');
const BYTES = piece(' bytes)","status":');
const FINE_LATENCY = piece('0,"error":false,"latency":');
const OPEN_LATENCY = piece('null,"error":false,"latency":null');
const END_OF_SUMMARY = piece('","status":');
const SIZE_OF_BODY = piece(' (');

/** One object, which is given call after call. */
export class WrittenStomp implements WrittenDescription {
  readonly protocols = STOMP;
  method = '';
  errorText: string | undefined;
  traceId: string | undefined;
  private call: CallFacts | null = null;

  /** The call to be written next; null when it has to be described. */
  of(call: CallFacts): this | null {
    if (!isPlain(call.request) || !isPlain(call.response)) return null;
    this.call = call;
    this.method = call.main.command.name;
    this.errorText = call.errorText;
    this.traceId = call.traceId;
    return this;
  }

  get endpoint(): string {
    return this.call?.endpoint() ?? '';
  }

  writeSummary(json: JsonWriter): void {
    json.text(this.call === null ? '' : summaryOf(this.call));
  }

  writeRequest(json: JsonWriter): void {
    const { call } = this;
    if (call?.request === undefined) return json.raw('null');
    json.copyOf(SIZE);
    writeFrame(json, call.request, call.limit);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    const { call } = this;
    if (call?.response === undefined) return json.raw('null');
    json.copyOf(SIZE);
    writeFrame(json, call.response, call.limit);
    json.copyOf(STATUS);
    json.value(call.status ?? 0);
    json.raw('}');
  }

  writeMiddle(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { request, response, main, about, limit, error } = call;
    // Without a destination the summary is about something else.
    if (error || about.isLong || call.destination.text === undefined) return writeMiddle(json, call, this);
    let latencyStart = 0;
    let latencyEnd = 0;
    if (request === undefined) json.copyOf(NO_REQUEST);
    else {
      json.copyOf(REQUEST);
      writeFrame(json, request, limit);
      json.copyOf(response === undefined ? NO_RESPONSE : RESPONSE);
    }
    if (response !== undefined) {
      writeFrame(json, response, limit);
      if (request === undefined) json.copyOf(FINE);
      else {
        json.copyOf(ANSWERED);
        latencyStart = json.length;
        writeLatency(json, call);
        latencyEnd = json.length;
        json.raw('}');
      }
    }
    json.copyOf(about.names);
    if (main.body.size === 0) json.copyOf(END_OF_SUMMARY);
    else {
      json.copyOf(SIZE_OF_BODY);
      json.number(main.body.size);
      json.copyOf(BYTES);
    }
    if (response === undefined) return json.copyOf(OPEN_LATENCY);
    json.copyOf(FINE_LATENCY);
    if (request === undefined) json.raw('null');
    else json.again(latencyStart, latencyEnd);
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { main, about, heldMicros, peers } = call;
    json.copyOf(about.data);
    for (const [name, at] of toldOf(call)) {
      if (at < 0) continue;
      json.copyOf(KEYS.get(name) ?? NOTHING);
      writeValue(json, main, at);
    }
    if (main.command.name === 'SUBSCRIBE') {
      json.copyOf(ACK_MODE);
      const at = main.find(Role.ACK);
      if (at < 0) json.text('auto');
      else writeValue(json, main, at);
    }
    if (heldMicros !== undefined) {
      json.copyOf(HELD_MILLIS);
      json.thousandths(heldMicros);
    }
    json.copyOf(peers.data);
  }
}

/** Names that come again are lists, and numbers stand first in an object: both are rare. */
function isPlain(frame: Frame | undefined): boolean {
  if (frame === undefined) return true;
  const { names, count, plainBytes } = frame;
  if (count > MAX_PLAIN_HEADERS || plainBytes === null) return false;
  for (let i = 0; i < count; i++) {
    const name = names[i];
    if (name === undefined || name.isOdd) return false;
    for (let before = 0; before < i; before++) {
      const other = names[before];
      if (other === name || other?.text === name.text) return false;
    }
  }
  return true;
}

/** From its size on, without the closing brace. */
function writeFrame(json: JsonWriter, frame: Frame, limit: number): void {
  const { size, command, body, mime, count } = frame;
  json.number(size);
  json.copyOf(command.member);
  if (count > 0) {
    json.copyOf(HEADERS);
    const start = json.length;
    for (let at = 0; at < count; at++) {
      json.copyOf(frame.names[at]?.key ?? NOTHING);
      writeValue(json, frame, at);
    }
    json.openAt(start);
    json.raw('}');
  }
  if (body.size === 0) return;
  writeBody(json, body.contentRange, { size: body.size, isCut: body.isCut, limit, mime });
}

function writeValue(json: JsonWriter, frame: Frame, at: number): void {
  const { plainBytes } = frame;
  if (plainBytes === null) json.text(frame.textAt(at));
  else writeUtf8(json, plainBytes, frame.startOf(at), frame.endOf(at));
}
