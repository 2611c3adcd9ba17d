/**
 * Usual calls as JSON, as `describe.ts` makes them: commands and their replies, whose documents are written out of BSON. What
 * is rare (errors, logins, the operations that OP_MSG replaced, documents that are cut) is described.
 */

import type { ProtocolId } from '@kubeshark/model';
import { BsonWriter } from '../../decode/bson-json.ts';
import type { BsonPlace, BsonShapes } from '../../decode/bson-places.ts';
import { Remembered } from '../../decode/remembered.ts';
import { SizedDescription } from '../../dissect/sized-description.ts';
import { JsonWriter, piece } from '../../json/json-writer.ts';
import type { CallFacts } from './call.ts';
import type { Half, Sequence } from './half.ts';
import { commands, documents, replies, roleOf } from './roles.ts';
import { unknownSubject } from './subject.ts';

const MONGODB: readonly ProtocolId[] = ['mongodb'];
const STATUS = piece(',"status":0');
const COMPRESSION = piece(',"compression":');
const DOCUMENT = piece(',"document":');
/** Of replies that came as they are. */
const STATUS_DOCUMENT = piece(',"status":0,"document":');
const DOCUMENTS = piece(',"documents":');
const CURSOR = piece(',"cursor":');
const ORIGIN = piece(',"origin":');

/** Characters of a summary. */
export const MAX_SUMMARY = 200;
const ELLIPSIS = piece('…"');

/** Names of what is sent beside a command, with their colon. */
const sequenceKeys = new Remembered((name) => piece(`${JSON.stringify(name)}:`), { texts: 64, characters: 64 });
/** `7`. */
const INDEX = /^\d+$/;
const noSequence: Sequence = { name: '', start: 0, end: 0 };

const bson = new BsonWriter();
/** The command: it stands in the entry at the end, and a part of it in the summary. */
const aside = new JsonWriter();

/** One object, which is given call after call. */
export class WrittenMongo extends SizedDescription<CallFacts> {
  readonly protocols = MONGODB;
  readonly errorText = undefined;
  private subject = unknownSubject;
  /** What the command looks for: where its JSON begins, and where it ends. */
  private toldStart = 0;
  private toldEnd = 0;

  override of(call: CallFacts): this | null {
    const { asked, replied, outcome, subject } = call;
    if (asked.document < 0 || call.requestStart === null || call.missing !== undefined) return null;
    if (subject.isAboutLogins || outcome.code !== 0 || outcome.codeName !== '') return null;
    if (replied.isThere ? replied.document < 0 : outcome.isKnown || call.responseStart !== null) return null;
    this.subject = subject;
    aside.length = 0;
    aside.isRefused = false;
    writeHalf(aside, asked, commands, call.told);
    this.toldStart = bson.valueStart;
    this.toldEnd = bson.valueEnd;
    return aside.isRefused ? null : super.of(call);
  }

  get method(): string {
    return this.subject.command;
  }

  get endpoint(): string {
    return this.subject.endpoint;
  }

  writeSummary(json: JsonWriter): void {
    const { name, summary } = this.subject;
    const origin = this.call?.origin;
    if (origin !== undefined) return json.text(clipped(`${name} (${origin})`));
    if (name.length >= MAX_SUMMARY) return json.text(clipped(this.toldEnd > 0 ? `${name} ` : name));
    json.copyOf(summary);
    this.writeTold(json);
  }

  protected override writeAsked(json: JsonWriter, { compressor }: CallFacts): void {
    if (compressor !== undefined) writeCompression(json, compressor);
  }

  protected override writeAnswered(json: JsonWriter, { replied, replyCompressor }: CallFacts): void {
    if (replyCompressor === undefined) json.copyOf(STATUS_DOCUMENT);
    else {
      json.copyOf(STATUS);
      writeCompression(json, replyCompressor);
      json.copyOf(DOCUMENT);
    }
    writeHalf(json, replied, replies, 0);
  }

  writeData(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const { cursor, origin, outcome } = call;
    const count = outcome.documents ?? call.sent;
    json.copyOf(this.subject.data);
    json.copyFrom(aside);
    if (count !== undefined) {
      json.copyOf(DOCUMENTS);
      json.number(count);
    }
    if (cursor !== '') {
      json.copyOf(CURSOR);
      json.text(cursor);
    }
    if (origin !== undefined) {
      json.copyOf(ORIGIN);
      json.text(origin);
    }
    json.copyOf(call.login.members);
    json.raw('}');
  }

  /** What the command looks for, behind its name, as far as there is room, and the summary's last quote. */
  private writeTold(json: JsonWriter): void {
    const { toldStart: start, toldEnd: end } = this;
    if (end === 0) return json.raw('"');
    const { name } = this.subject;
    const room = MAX_SUMMARY - name.length - 1;
    const before = json.length;
    json.raw(' ');
    // What is beyond ASCII has fewer characters than bytes.
    if (json.insideText(aside, start, end, room)) return end - start > room ? json.copyOf(ELLIPSIS) : json.raw('"');
    json.length = before;
    const text = clipped(`${name} ${Buffer.from(aside.written().subarray(start, end)).toString()}`);
    json.utf8(JSON.stringify(text.slice(name.length)).slice(1));
  }
}

/**
 * The documents of a message as one: what stands beside a command is a member of it. Of the member with the role `told` the
 * writer says afterwards where its value stands.
 */
function writeHalf(json: JsonWriter, half: Half, shapes: BsonShapes, told: number): void {
  const { sequences, start: body, bytes } = half;
  bson.wanted = told;
  const last = bson.begin(json, half, body + half.document, shapes.root, half.form);
  for (let i = 0; i < sequences.length; i++) {
    const { name, start, end } = sequences[i] ?? noSequence;
    // Objects have such names in another place, or once.
    if (INDEX.test(name) || comesBefore(name, last, sequences.slice(0, i))) json.isRefused = true;
    if (i > 0 || last.type !== 0) json.raw(',');
    json.copyOf(sequenceKeys.of(name));
    const valueStart = json.length;
    bson.list(json, { bytes, end: body + end }, body + start, documents.root);
    if (told > 0 && roleOf(name) === told) bson.wrote(valueStart, json.length);
  }
  json.raw('}');
}

function comesBefore(name: string, last: BsonPlace, sequences: readonly Sequence[]): boolean {
  for (let place: BsonPlace | null = last; place !== null; place = place.before)
    if (place.type !== 0 && place.name === name) return true;
  return sequences.some((sequence) => sequence.name === name);
}

const clipped = (text: string): string => (text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text);

function writeCompression(json: JsonWriter, compressor: string): void {
  json.copyOf(COMPRESSION);
  json.name(compressor);
}
