/** Calls as JSON straight from their bytes. What is rare is described. */

import type { ProtocolId } from '@kubeshark/model';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { writeFineEnd, writeLatency, writeMiddle } from '../../dissect/entry-json.ts';
import { JsonWriter, piece } from '../../json/json-writer.ts';
import { API_VERSIONS, FETCH, FIND_COORDINATOR, PRODUCE } from './api-keys.ts';
import type { CallFacts, Kept } from './call.ts';
import { openingOf } from './client.ts';
import { errorTextOf, MAX_SUMMARY, merged, sessionTopicsOf, summaryOf } from './describe.ts';
import { nameJson, nameOf } from './names.ts';
import { placePieces } from './place-pieces.ts';
import { errorOf } from './schema.ts';
import { hasNames } from './shape.ts';
import type { TopicNames } from './topic-names.ts';
import { WrittenHalf } from './written-half.ts';
import { onlyOf, writeLists, writeRanges } from './written-lists.ts';

const KAFKA: readonly ProtocolId[] = ['kafka'];
const NONE: readonly string[] = [];
/** FindCoordinator, whose names are groups or transactions; ApiVersions, whose list is told in words. */
const described: ReadonlySet<number> = new Set([FIND_COORDINATOR, API_VERSIONS]);

/** Characters of how many records there are, at most. */
export const MAX_COUNT = 24;

const SIZE = piece('{"size":');
const STATUS = piece(',"status":');
const REQUEST_SIZE = piece(',"request":{"size":');
const RESPONSE_SIZE = piece('},"response":{"size":');
const FINE_FIELDS = piece(',"status":0,"fields":');
const FINE_BYTES = ',"status":0'.length;
const LATENCY = piece(',"latency":');
const FIELDS = piece(',"fields":');
const TOPIC = piece(',"topic":[');
const PARTITION = piece(',"partition":[');
const GROUP_ID = piece(',"groupId":[');
const OFFSET = piece(',"offset":[');
const KEY = piece(',"key":[');
const VALUE = piece(',"value":[');
const RECORD_COUNT = piece(',"recordCount":');
const LAG = piece(',"lag":');
const TRANSACTIONAL_ID = piece(',"transactionalId":');
const ERROR_CODE = piece(',"errorCode":');
const ERROR_NAME = piece(',"errorName":');

/** One object, which is given call after call. */
export class WrittenKafka implements WrittenDescription {
  readonly protocols = KAFKA;
  method = '';
  private call: CallFacts | null = null;
  private readonly request = new WrittenHalf();
  private readonly response = new WrittenHalf();
  /** The answer to a producer: it is read first, because it says where the records of the request went. */
  private readonly answer = new JsonWriter();
  private topics: readonly string[] = NONE;
  private recordCount: number | undefined;

  get endpoint(): string {
    return this.call?.endpoint() ?? '';
  }

  /** Known when the answer is written. */
  get errorText(): string | undefined {
    return this.call === null ? undefined : errorTextOf(this.call, this.response.found.errorMessage);
  }

  /** Known when both halves are written. */
  get traceId(): string | undefined {
    return this.request.records.traceId ?? this.response.records.traceId;
  }

  /** The call to be written next; null when it has to be described. */
  of(call: CallFacts): this | null {
    const { header, login, names, maxBodyBytes, responseStart } = call;
    const apiKey = header?.apiKey ?? -1;
    if (apiKey < 0 || login !== null || described.has(apiKey)) return null;
    if (!isWritable(call.request, names) || (responseStart !== null && !isWritable(call.response, names))) return null;
    const { request, response } = this;
    this.call = call;
    this.method = call.apiName;
    response.reset(names, maxBodyBytes, null);
    request.reset(names, maxBodyBytes, apiKey === PRODUCE ? response.found.offsetsByPlace : null);
    this.answer.length = 0;
    return this;
  }

  writeSummary(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    this.sumUp(call);
    const { topics, recordCount } = this;
    if (this.isUsual(call)) {
      json.copyOf(call.group().summary);
      if (recordCount !== undefined) {
        json.raw(' (');
        json.number(recordCount);
        json.raw(recordCount === 1 ? ' record)' : ' records)');
      }
      return json.raw('"');
    }
    const { groups, transactionalId } = this.request.found;
    json.text(
      summaryOf(call, {
        ...(topics.length > 0 && { topic: topics }),
        ...(groups.length > 0 && { groupId: groups }),
        ...(transactionalId !== undefined && { transactionalId }),
        ...(recordCount !== undefined && { recordCount }),
      }),
    );
  }

  /** It is about the one topic that it is grouped by. */
  private isUsual(call: CallFacts): boolean {
    const { topics } = this;
    const { groups, transactionalId } = this.request.found;
    if (groups.length > 0 || transactionalId !== undefined || topics.length !== 1) return false;
    const { subject, endpoint } = call.group();
    return topics[0] === subject && endpoint.length + MAX_COUNT <= MAX_SUMMARY;
  }

  /** What both halves tell together. */
  private sumUp(call: CallFacts): void {
    const { request, response } = this;
    const topics = merged(request.found.topics, response.found.topics);
    this.topics = topics.length > 0 ? topics : sessionTopicsOf(call);
    const count = request.records.count + response.records.count;
    this.recordCount = count + request.records.batchCount + response.records.batchCount > 0 ? count : undefined;
  }

  writeMiddle(json: JsonWriter): void {
    const { call } = this;
    if (call === null) return;
    const isAnswered = call.responseStart !== null && call.responseEnd !== null;
    if (!isAnswered || call.requestStart === null || call.status !== 0) return writeMiddle(json, call, this);
    json.copyOf(REQUEST_SIZE);
    this.writeRequestOf(json, call);
    json.copyOf(RESPONSE_SIZE);
    this.writeResponseOf(json, call);
    this.sumUp(call);
    if (this.recordCount !== 1 || !this.isUsual(call)) return writeFineEnd(json, call, this);
    json.copyOf(LATENCY);
    const start = json.length;
    writeLatency(json, call);
    const end = json.length;
    json.copyOf(call.group().fineWithOne);
    json.again(start, end);
  }

  writeRequest(json: JsonWriter): void {
    const { call } = this;
    if (call === null || call.requestStart === null) return json.raw('null');
    json.copyOf(SIZE);
    this.writeRequestOf(json, call);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    const { call } = this;
    if (call === null || call.responseStart === null) return json.raw('null');
    json.copyOf(SIZE);
    this.writeResponseOf(json, call);
    json.raw('}');
  }

  /** What follows the key of its size. */
  private writeRequestOf(json: JsonWriter, call: CallFacts): void {
    const { answer } = this;
    json.number(call.requestSize);
    if (call.header?.apiKey === PRODUCE && call.responseStart !== null) {
      answer.isRefused = false;
      this.writeAnswer(answer, call);
      if (answer.isRefused) json.isRefused = true;
    }
    writeMessage(json, this.request, call.request);
  }

  private writeResponseOf(json: JsonWriter, call: CallFacts): void {
    json.number(call.responseSize);
    if (this.answer.length > 0) json.copyFrom(this.answer);
    else this.writeAnswer(json, call);
  }

  private writeAnswer(json: JsonWriter, { status, response }: CallFacts): void {
    if (status === 0 && response !== null) {
      this.response.writeFields(json, response, FINE_FIELDS, FINE_BYTES);
      return this.response.records.write(json, response.bytes);
    }
    if (status !== null) writeNumber(json, STATUS, status);
    writeMessage(json, this.response, response);
  }

  writeData(json: JsonWriter): void {
    const { call, request, response, topics, recordCount } = this;
    if (call?.header === undefined) return;
    const { apiKey, apiVersion, client } = call.header;
    json.copyOf(client === null ? openingOf(apiKey, apiVersion, null) : client.opening(apiKey, apiVersion));
    const { found } = request;
    const { partitions, offsets } = response.found;
    const partition = onlyOf(found.partitions, partitions);
    if (topics.length === 1 && partition !== undefined) {
      json.copyOf(placePieces(nameOf(topics[0] ?? ''), partition).lists);
    } else {
      writeLists(json, TOPIC, topics, NONE);
      writeLists(json, PARTITION, found.partitions, partitions);
    }
    writeLists(json, GROUP_ID, found.groups, NONE);
    writeLists(json, OFFSET, found.offsets, offsets);
    this.writeTexts(json, KEY, 'keys');
    this.writeTexts(json, VALUE, 'values');
    if (recordCount !== undefined) writeNumber(json, RECORD_COUNT, recordCount);
    const lag = apiKey === FETCH ? this.lag : undefined;
    if (lag !== undefined) writeNumber(json, LAG, lag);
    if (found.transactionalId !== undefined) writeName(json, TRANSACTIONAL_ID, found.transactionalId);
    const code = call.status ?? 0;
    if (code !== 0) {
      writeNumber(json, ERROR_CODE, code);
      writeName(json, ERROR_NAME, errorOf(code).name);
    }
    json.raw('}');
  }

  /** Keys or values of all records, which stand in the halves already. */
  private writeTexts(json: JsonWriter, opening: Uint8Array, which: 'keys' | 'values'): void {
    const { request, response } = this;
    const asked = request.records[which];
    const told = response.records[which];
    if (asked.length + told.length === 0) return;
    json.copyOf(opening);
    writeRanges(json, asked);
    if (asked.length > 0 && told.length > 0) json.raw(',');
    writeRanges(json, told);
    json.raw(']');
  }

  /** Records the broker has beyond those it just gave, in the partition where they are most; undefined when not told. */
  private get lag(): number | undefined {
    const { request, response } = this;
    let most: number | undefined;
    const { watermarks } = response.found;
    for (let at = 0; at < watermarks.size; at++) {
      const topic = watermarks.topicAt(at);
      const partition = watermarks.partitionAt(at);
      const highWatermark = watermarks.valueAt(at);
      const next = response.records.ends.get(topic, partition) ?? request.found.offsetsByPlace.get(topic, partition);
      if (highWatermark >= 0 && next !== undefined) most = Math.max(most ?? 0, highWatermark - next);
    }
    return most;
  }
}

const isWritable = (kept: Kept | null, names: TopicNames): boolean =>
  kept !== null && kept.shape !== null && hasNames(kept.shape, names);

/** What a half says, behind its size. */
function writeMessage(json: JsonWriter, half: WrittenHalf, kept: Kept | null): void {
  if (kept === null) return;
  half.writeFields(json, kept, FIELDS);
  half.records.write(json, kept.bytes);
}

function writeName(json: JsonWriter, key: Uint8Array, name: string): void {
  json.copyOf(key);
  json.copyOf(nameJson(name));
}

function writeNumber(json: JsonWriter, key: Uint8Array, value: number): void {
  json.copyOf(key);
  json.number(value);
}
