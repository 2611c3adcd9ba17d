/** A message without headers, or a request with its reply, as JSON straight from their bytes. What is rare is described. */

import type { ProtocolId } from '@kubeshark/model';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writePayload } from '../../json/written-values.ts';
import type { Half } from './call.ts';
import { mayBeAnswer } from './jetstream.ts';

const NATS: readonly ProtocolId[] = ['nats'];
/** Longer ones are cut. */
const MAX_LINE_CHARACTERS = 150;

const SIZE = piece('{"size":');
const STATUS = piece(',"status":0');
const BODY = piece(',"body":');
const DATA = { PUB: piece(',"nats":{"command":"PUB","subject":'), MSG: piece(',"nats":{"command":"MSG","subject":') };
const REPLY_TO = piece(',"replyTo":');
const ARROW = piece(' → ');
const BYTES = piece(' bytes)"');
/** JetStream's subjects begin so: they tell more. */
const DOLLAR = '$';
const NOT_ASCII = /[^ -~]/;

/** What is read of a call. */
interface WholeCall {
  readonly request: Half | null;
  readonly response: Half | null;
  readonly status: number | string | null;
  readonly error: boolean;
  readonly truncated: boolean;
  endpoint(): string;
}

/** One object, which is given call after call. */
export class WrittenNats implements WrittenDescription {
  readonly protocols = NATS;
  readonly traceId = undefined;
  readonly errorText = undefined;
  private call: WholeCall | null = null;
  private main: Half | null = null;

  /** The call to be written next; null when it has to be described. */
  of(call: WholeCall): this | null {
    const { request, response, status } = call;
    const main = request ?? response;
    if (main === null || call.error || call.truncated || (status !== null && status !== 0)) return null;
    if (main.verb !== 'PUB' && main.verb !== 'MSG') return null;
    if ((request !== null && !isPlain(request)) || (response !== null && !isPlain(response))) return null;
    if (response !== null && mayBeAnswer(response.content)) return null;
    const { subject, replyTo = '' } = main;
    if (subject.length + replyTo.length > MAX_LINE_CHARACTERS || NOT_ASCII.test(subject)) return null;
    this.call = call;
    this.main = main;
    return this;
  }

  get method(): string {
    return this.main?.verb ?? '';
  }

  get endpoint(): string {
    return this.call?.endpoint() ?? '';
  }

  writeSummary(json: JsonWriter): void {
    const { main } = this;
    if (main === null) return json.text('');
    json.text(main.verb);
    json.reopen();
    json.raw(' ');
    writeInside(json, main.subject);
    if (main.replyTo !== undefined) {
      json.copyOf(ARROW);
      writeInside(json, main.replyTo);
    }
    json.raw(' (');
    json.number(main.length);
    json.copyOf(BYTES);
  }

  writeRequest(json: JsonWriter): void {
    writeHalf(json, this.call?.request ?? null, false);
  }

  writeResponse(json: JsonWriter): void {
    writeHalf(json, this.call?.response ?? null, this.call?.status === 0);
  }

  writeData(json: JsonWriter): void {
    const { main } = this;
    if (main === null) return;
    json.copyOf(main.verb === 'PUB' ? DATA.PUB : DATA.MSG);
    json.text(main.subject);
    if (main.replyTo !== undefined) {
      json.copyOf(REPLY_TO);
      json.text(main.replyTo);
    }
    json.raw('}');
  }
}

/** No headers, no words for JetStream, and whole. */
function isPlain({ verb, subject, replyTo, headerBytes }: Half): boolean {
  if ((verb !== 'PUB' && verb !== 'MSG') || headerBytes > 0) return false;
  return !subject.startsWith(DOLLAR) && replyTo?.startsWith(DOLLAR) !== true;
}

/** Part of a string, without its quotes; its characters need no escape but quotes and backslashes. */
function writeInside(json: JsonWriter, text: string): void {
  if (text.includes('"') || text.includes('\\') || NOT_ASCII.test(text)) json.isRefused = true;
  json.raw(text);
}

function writeHalf(json: JsonWriter, half: Half | null, hasStatus: boolean): void {
  if (half === null) return json.raw('null');
  const { size, content, length } = half;
  json.copyOf(SIZE);
  json.number(size);
  if (hasStatus) json.copyOf(STATUS);
  if (length > 0) {
    json.copyOf(BODY);
    const place = { bytes: content, from: 0, to: content.length };
    writePayload(json, place, { size: length, isCut: false, limit: length });
  }
  json.raw('}');
}
