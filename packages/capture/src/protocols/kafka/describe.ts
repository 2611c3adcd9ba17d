/** What a Kafka call looks like to people: summary, records, and the values of `kafka.*`. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import type { Description } from '../../dissect/dissector.ts';
import { FETCH, FIND_COORDINATOR, PRODUCE } from './api-keys.ts';
import type { CallFacts, Kept } from './call.ts';
import { apiNameOf } from './client.ts';
import { KafkaCursor } from './cursor.ts';
import { Reading } from './reading.ts';
import { RecordList } from './record-list.ts';
import { errorOf } from './schema.ts';

export const MAX_SUMMARY = 200;
/** Topics or groups named in the summary. */
export const MAX_NAMED = 8;

interface Half {
  readonly values: JsonObject;
  readonly reading: Reading;
  readonly list: RecordList;
}

function readHalf(call: CallFacts, side: 'request' | 'response', list: RecordList): Half | undefined {
  const kept: Kept | null = side === 'request' ? call.request : call.response;
  const plan = kept?.plan ?? null;
  if (kept === null || plan === null) return undefined;
  const reading = new Reading(call.names, list);
  const values = reading.struct(new KafkaCursor(kept.bytes, kept.start, kept.end), plan);
  return { values: side === 'response' ? namedApis(values) : values, reading, list };
}

/** What a broker offers, for people: `Produce 3-13, …` instead of ninety objects with numbers. */
function namedApis(values: JsonObject): JsonObject {
  const { apiKeys } = values;
  if (!Array.isArray(apiKeys)) return values;
  const names = (apiKeys as readonly JsonObject[]).map(({ apiKey, minVersion, maxVersion }) => {
    const key = Number(apiKey);
    return `${apiNameOf(key)} ${Number(minVersion)}-${Number(maxVersion)}`;
  });
  return { ...values, apiKeys: names.join(', ') };
}

export function describeCall(call: CallFacts): Description {
  const { header, apiName } = call;
  const response = readHalf(call, 'response', new RecordList(call.maxBodyBytes));
  // A producer counts from 0; the broker says where its records went.
  const assigned = header?.apiKey === PRODUCE ? response?.reading.offsetsByPlace : undefined;
  const baseOffsetOf = ({ topic, partition }: { topic: string | undefined; partition: number | undefined }) =>
    assigned?.get(`${topic} ${partition}`);
  const request = readHalf(call, 'request', new RecordList(call.maxBodyBytes, baseOffsetOf));
  const status = call.status ?? undefined;
  const data = dataOf(call, request, response);
  const errorText = errorTextOf(call, response?.reading.errorMessage);
  const traceId = request?.list.traceId ?? response?.list.traceId;
  return {
    protocols: ['kafka'],
    method: apiName,
    endpoint: call.endpoint(),
    summary: summaryOf(call, data),
    ...(errorText !== undefined && { errorText }),
    request: call.requestStart === null ? null : { size: call.requestSize, ...messageOf(request) },
    response:
      call.responseStart === null
        ? null
        : { size: call.responseSize, ...(status !== undefined && { status }), ...messageOf(response) },
    ...(traceId !== undefined && { traceId }),
    data: { kafka: data },
  };
}

function messageOf(half: Half | undefined): JsonObject {
  if (half === undefined) return {};
  const { values, list, reading } = half;
  return {
    ...(Object.keys(values).length > 0 && { fields: values }),
    ...(list.records.length > 0 && { records: list.records }),
    ...(list.batches.length > 0 && { batches: list.batches }),
    ...(list.faults.length > 0 && { faults: list.faults }),
    // More was there than is shown, though all of it was captured.
    ...((reading.isTruncated || list.isTruncated) && { truncated: true }),
  };
}

/** `told`: what the broker says of its error itself. */
export function errorTextOf(call: CallFacts, told: string | undefined): string | undefined {
  if (call.missing !== undefined) return call.missing;
  const code = call.status ?? 0;
  if (code === 0) return undefined;
  const { name, text } = errorOf(code);
  return `${name}: ${told ?? text}`;
}

function dataOf(call: CallFacts, request: Half | undefined, response: Half | undefined): JsonObject {
  const { header, login, apiName } = call;
  const topics = merged(request?.reading.topics, response?.reading.topics);
  const topic = topics.length > 0 ? topics : sessionTopicsOf(call);
  const partition = merged(request?.reading.partitions, response?.reading.partitions);
  const groupId = groupsOf(header?.apiKey, request);
  const offset = merged(request?.reading.offsets, response?.reading.offsets);
  const key = joined(request?.list.keys, response?.list.keys);
  const value = joined(request?.list.values, response?.list.values);
  const lists = [request?.list, response?.list].filter((list) => list !== undefined);
  const recordCount = lists.reduce((sum, { count }) => sum + count, 0);
  const lag = header?.apiKey === FETCH ? lagOf(request, response) : undefined;
  const transactionalId = transactionOf(header?.apiKey, request);
  const code = call.status ?? 0;
  return {
    ...(header !== undefined && header.apiKey >= 0 && { apiKey: header.apiKey, apiVersion: header.apiVersion }),
    apiName,
    ...(header?.client != null && { clientId: header.client.id }),
    ...(topic.length > 0 && { topic }),
    ...(partition.length > 0 && { partition }),
    ...(groupId.length > 0 && { groupId }),
    ...(offset.length > 0 && { offset }),
    ...(key.length > 0 && { key }),
    ...(value.length > 0 && { value }),
    ...(lists.some(({ batches, count }) => batches.length > 0 || count > 0) && { recordCount }),
    ...(lag !== undefined && { lag }),
    ...(transactionalId !== undefined && { transactionalId }),
    ...(login?.mechanism !== undefined && { mechanism: login.mechanism }),
    ...(login?.user !== undefined && { user: login.user }),
    ...(code !== 0 && { errorCode: code, errorName: errorOf(code).name }),
  };
}

/** Names of the topics of a fetch that names none itself. */
export const sessionTopicsOf = ({ sessionTopics, names }: CallFacts): readonly string[] =>
  sessionTopics.map((name) => names.of(name) ?? name);

/** Both lists as one; most often only one has something. */
function joined<T>(one: readonly T[] = [], other: readonly T[] = []): readonly T[] {
  if (other.length === 0) return one;
  return one.length === 0 ? other : [...one, ...other];
}

/** Both lists as one, each value once. */
export function merged<T>(one: readonly T[] = [], other: readonly T[] = []): readonly T[] {
  if (other.length === 0 || one.length === 0) return joined(one, other);
  for (let i = 0; i < other.length; i++) {
    const value = other[i];
    if (value !== undefined && !one.includes(value)) return [...one, ...other.filter((each) => !one.includes(each))];
  }
  return one;
}

/** Names a coordinator is looked for by, when they are of the kind: groups are 0, transactions 1. */
function coordinatedNames(request: Half | undefined, kind: 0 | 1): readonly string[] {
  const { keyType = 0, key, coordinatorKeys } = request?.values ?? {};
  const names = keyType !== kind ? [] : Array.isArray(coordinatorKeys) ? coordinatorKeys : [key];
  return names.filter((name): name is string => typeof name === 'string');
}

function groupsOf(apiKey: number | undefined, request: Half | undefined): readonly string[] {
  return apiKey === FIND_COORDINATOR ? coordinatedNames(request, 0) : (request?.reading.groups ?? []);
}

function transactionOf(apiKey: number | undefined, request: Half | undefined): string | undefined {
  if (apiKey === FIND_COORDINATOR) return coordinatedNames(request, 1)[0];
  const id = request?.values['transactionalId'];
  return typeof id === 'string' ? id : undefined;
}

/** Records the broker has beyond those it just gave, in the partition where they are most; undefined when not told. */
function lagOf(request: Half | undefined, response: Half | undefined): number | undefined {
  if (response === undefined) return undefined;
  let most: number | undefined;
  for (const { topic, partition, highWatermark } of response.reading.watermarks) {
    const place = `${topic} ${partition}`;
    const next = response.list.ends.get(place) ?? request?.reading.offsetsByPlace.get(place);
    if (highWatermark < 0 || next === undefined) continue;
    most = Math.max(most ?? 0, highWatermark - next);
  }
  return most;
}

export function summaryOf({ header, apiName, login, responseSize }: CallFacts, data: JsonObject): string {
  if (header === undefined) return `answer of ${responseSize} bytes to a request that was not captured`;
  const words = [apiName];
  if (login !== null) words.push(...[login.mechanism, login.user].filter((word) => word !== undefined));
  const { topic, groupId, recordCount, transactionalId } = data;
  if (Array.isArray(groupId)) words.push(namesIn(groupId));
  else if (typeof transactionalId === 'string') words.push(transactionalId);
  if (Array.isArray(topic)) words.push(namesIn(topic));
  if (typeof recordCount === 'number') words.push(`(${recordCount} ${recordCount === 1 ? 'record' : 'records'})`);
  const line = words.join(' ');
  return line.length > MAX_SUMMARY ? `${line.slice(0, MAX_SUMMARY)}…` : line;
}

const namesIn = (values: JsonValue): string => {
  const names = Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
  return names.slice(0, MAX_NAMED).join(', ') + (names.length > MAX_NAMED ? ', …' : '');
};
