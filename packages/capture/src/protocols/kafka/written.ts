/**
 * Calls as JSON straight from their bytes. Both halves are written aside first, because what the answer says belongs to the
 * request too: the offsets of records. What is rare is described.
 */

import type { ProtocolId } from '@kubeshark/model';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { writeLatency, writeMiddle, writeNames } from '../../dissect/entry-json.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import type { CallFacts, Kept } from './call.ts';
import { openingOf } from './client.ts';
import { errorTextOf, MAX_SUMMARY, merged, sessionTopicsOf, summaryOf } from './describe.ts';
import { nameJson, nameOf } from './names.ts';
import { placePieces } from './place-pieces.ts';
import { errorOf } from './schema.ts';
import { WrittenHalf } from './written-half.ts';

const KAFKA: readonly ProtocolId[] = ['kafka'];
const PRODUCE = 0;
const FETCH = 1;
/** FindCoordinator, whose names are groups or transactions; ApiVersions, whose list is told in words. */
const described: ReadonlySet<number> = new Set([10, 18]);

/** Characters of how many records there are, at most. */
const MAX_COUNT = 24;

const SIZE = piece('{"size":');
const STATUS = piece(',"status":');
const REQUEST_SIZE = piece(',"request":{"size":');
const RESPONSE_SIZE = piece('},"response":{"size":');
const FINE = piece(',"status":0');
const FINE_FIELDS = piece(',"status":0,"fields":');
const LATENCY = piece(',"latency":');
const FINE_LATENCY = piece(',"status":0,"error":false,"latency":');
const FIELDS = piece(',"fields":');
const RECORDS = piece(',"records":[');
const BATCHES = piece(',"batches":[');
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
  errorText: string | undefined;
  traceId: string | undefined;
  private call: CallFacts | null = null;
  private readonly request = new WrittenHalf();
  private readonly response = new WrittenHalf();
  private topics: readonly string[] = [];
  private recordCount: number | undefined;

  get endpoint(): string {
    return this.call?.endpoint() ?? '';
  }

  /** The call to be written next; null when it has to be described. */
  of(call: CallFacts): this | null {
    const { header, login, responseStart, names, maxBodyBytes } = call;
    const apiKey = header?.apiKey ?? -1;
    if (apiKey < 0 || login !== null || described.has(apiKey)) return null;
    const { request, response } = this;
    response.reset(names, maxBodyBytes, null);
    if (responseStart !== null && !read(response, call.response)) return null;
    // A producer counts from 0; the broker says where its records went.
    request.reset(names, maxBodyBytes, apiKey === PRODUCE ? response.offsetsByPlace : null);
    if (!read(request, call.request)) return null;
    this.call = call;
    this.method = call.apiName;
    this.errorText = errorTextOf(call, response.errorMessage);
    this.traceId = request.records.traceId ?? response.records.traceId;
    const topics = merged(request.topics, response.topics);
    this.topics = topics.length > 0 ? topics : sessionTopicsOf(call);
    const count = request.records.count + response.records.count;
    this.recordCount = count + request.records.batchCount + response.records.batchCount > 0 ? count : undefined;
    return this;
  }

  writeSummary(json: JsonWriter): void {
    const { call, topics, request, recordCount } = this;
    if (call === null) return;
    const { groups, transactionalId } = request;
    const isPlain = groups.length === 0 && transactionalId === undefined && topics.length === 1;
    const { subject, endpoint, summary } = call.group();
    if (isPlain && topics[0] === subject && endpoint.length + MAX_COUNT <= MAX_SUMMARY) {
      json.copyOf(summary);
      if (recordCount !== undefined) {
        json.raw(' (');
        json.number(recordCount);
        json.raw(recordCount === 1 ? ' record)' : ' records)');
      }
      return json.raw('"');
    }
    json.text(
      summaryOf(call, {
        ...(topics.length > 0 && { topic: topics }),
        ...(groups.length > 0 && { groupId: groups }),
        ...(transactionalId !== undefined && { transactionalId }),
        ...(recordCount !== undefined && { recordCount }),
      }),
    );
  }

  writeMiddle(json: JsonWriter): void {
    const { call, request, response } = this;
    if (call === null) return;
    const isAnswered = call.responseStart !== null && call.responseEnd !== null;
    if (!isAnswered || call.requestStart === null || call.status !== 0) return writeMiddle(json, call, this);
    json.copyOf(REQUEST_SIZE);
    json.number(call.requestSize);
    writeMessage(json, request, FIELDS);
    json.copyOf(RESPONSE_SIZE);
    json.number(call.responseSize);
    writeAnswer(json, response);
    json.copyOf(LATENCY);
    const start = json.length;
    writeLatency(json, call);
    const end = json.length;
    json.raw('}');
    writeNames(json, call, this);
    this.writeSummary(json);
    json.copyOf(FINE_LATENCY);
    json.again(start, end);
  }

  writeRequest(json: JsonWriter): void {
    const { call } = this;
    if (call === null || call.requestStart === null) return json.raw('null');
    json.copyOf(SIZE);
    json.number(call.requestSize);
    writeMessage(json, this.request, FIELDS);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    const { call } = this;
    if (call === null || call.responseStart === null) return json.raw('null');
    json.copyOf(SIZE);
    json.number(call.responseSize);
    if (call.status === 0) writeAnswer(json, this.response);
    else {
      if (call.status !== null) writeNumber(json, STATUS, call.status);
      writeMessage(json, this.response, FIELDS);
    }
    json.raw('}');
  }

  writeData(json: JsonWriter): void {
    const { call, request, response, topics, recordCount } = this;
    if (call?.header === undefined) return;
    const { apiKey, apiVersion, client } = call.header;
    json.copyOf(client === null ? openingOf(apiKey, apiVersion, null) : client.opening(apiKey, apiVersion));
    const partitions = merged(request.partitions, response.partitions);
    if (topics.length === 1 && partitions.length === 1) {
      json.copyOf(placePieces(nameOf(topics[0] ?? ''), partitions[0] ?? 0).lists);
    } else {
      writeList(json, TOPIC, topics);
      writeList(json, PARTITION, partitions);
    }
    writeList(json, GROUP_ID, request.groups);
    writeList(json, OFFSET, merged(request.offsets, response.offsets));
    this.writeTexts(json, KEY, 'keys');
    this.writeTexts(json, VALUE, 'values');
    if (recordCount !== undefined) writeNumber(json, RECORD_COUNT, recordCount);
    const lag = apiKey === FETCH ? this.lag : undefined;
    if (lag !== undefined) writeNumber(json, LAG, lag);
    if (request.transactionalId !== undefined) writeName(json, TRANSACTIONAL_ID, request.transactionalId);
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
    writeRanges(json, request.records.json, asked);
    if (asked.length > 0 && told.length > 0) json.raw(',');
    writeRanges(json, response.records.json, told);
    json.raw(']');
  }

  /** Records the broker has beyond those it just gave, in the partition where they are most; undefined when not told. */
  private get lag(): number | undefined {
    const { request, response } = this;
    let most: number | undefined;
    const { watermarks } = response;
    for (let at = 0; at < watermarks.size; at++) {
      const topic = watermarks.topicAt(at);
      const partition = watermarks.partitionAt(at);
      const highWatermark = watermarks.valueAt(at);
      const next = response.records.ends.get(topic, partition) ?? request.offsetsByPlace.get(topic, partition);
      if (highWatermark >= 0 && next !== undefined) most = Math.max(most ?? 0, highWatermark - next);
    }
    return most;
  }
}

/** Writes a message aside; false when it has to be read. */
function read(half: WrittenHalf, kept: Kept | null): boolean {
  const plan = kept?.plan ?? null;
  return kept !== null && plan !== null && half.read(kept, plan);
}

/** What a half says, behind its size. `key`: that of its fields. */
function writeMessage(json: JsonWriter, { fields, records }: WrittenHalf, key: Uint8Array): void {
  if (fields.length > '{}'.length) {
    json.copyOf(key);
    json.copyFrom(fields);
  }
  if (records.json.length > 0) {
    json.copyOf(RECORDS);
    json.copyFrom(records.json);
    json.raw(']');
  }
  if (records.batchCount > 0) {
    json.copyOf(BATCHES);
    json.copyFrom(records.batches);
    json.raw(']');
  }
}

/** The same of an answer without an error. */
function writeAnswer(json: JsonWriter, half: WrittenHalf): void {
  if (half.fields.length <= '{}'.length) json.copyOf(FINE);
  writeMessage(json, half, FINE_FIELDS);
}

function writeName(json: JsonWriter, key: Uint8Array, name: string): void {
  json.copyOf(key);
  json.copyOf(nameJson(name));
}

function writeNumber(json: JsonWriter, key: Uint8Array, value: number): void {
  json.copyOf(key);
  json.number(value);
}

/** Texts that stand in another place. */
function writeRanges(json: JsonWriter, from: JsonWriter, ranges: readonly number[]): void {
  for (let i = 0; i < ranges.length; i += 2) {
    if (i > 0) json.raw(',');
    json.copyFrom(from, ranges[i], ranges[i + 1]);
  }
}

/** Nothing for an empty list. */
function writeList(json: JsonWriter, opening: Uint8Array, values: readonly (string | number)[]): void {
  if (values.length === 0) return;
  json.copyOf(opening);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (i > 0) json.raw(',');
    if (typeof value === 'string') json.copyOf(nameJson(value));
    else json.number(value);
  }
  json.raw(']');
}
