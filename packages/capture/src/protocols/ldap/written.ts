/**
 * An operation as JSON: requests and results out of pieces that are kept by their bytes, since directories are asked the same again
 * and again; entries straight from their bytes. What is rare is described.
 */

import type { ProtocolId } from '@kubeshark/model';
import { ByteInterner, latin1 } from '../../decode/interner.ts';
import type { Exchange } from '../../dissect/dissector.ts';
import { SizedDescription } from '../../dissect/sized-description.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writePrintable } from '../../json/printable-text.ts';
import { Elements, SEQUENCE } from './ber.ts';
import {
  cutText,
  isSecret,
  MAX_ATTRIBUTES,
  MAX_VALUE_CHARACTERS,
  MAX_VALUES,
  REDACTED,
  requestFields,
  resultFields,
} from './fields.ts';
import { resultNameOf } from './operations.ts';
import { endpointOf, reasonOf, summaryOf } from './summary.ts';

const LDAP: readonly ProtocolId[] = ['ldap'];
/** Of each kind; with what is written of them some 2 kB each. */
const KEPT = { capacity: 4096, maxLength: 512 } as const;
/** Entries with more attributes are rare: that none comes twice is looked up one by one. */
const MAX_COMPARED = 24;

const REFERENCES = piece(',"references":');
const INTERMEDIATES = piece(',"intermediateResponses":');
const ROWS = piece(',"rows":[');
const DN = piece('{"dn":');
const ENTRIES = piece(',"entries":');
const REDACTED_VALUE = piece(JSON.stringify(REDACTED));

/** The members of an object, a comma before each. */
const membersOf = (value: object): Uint8Array => {
  const json = JSON.stringify(value).slice(1, -1);
  return piece(json === '' ? '' : `,${json}`);
};

/** What is written of a request. */
class KeptRequest {
  readonly endpoint: string;
  /** Null where the result has to tell what it was about. */
  readonly summary: string | null;
  /** Behind its size. */
  readonly request: Uint8Array;
  /** Before the message's id, and behind it. */
  readonly dataHead: Uint8Array;
  readonly data: Uint8Array;

  constructor(operation: string, content: Uint8Array) {
    const fields = requestFields(operation, content);
    this.endpoint = operation === 'search' ? endpointOf(fields) : operation;
    this.summary = fields.summary === '' ? null : summaryOf(operation, fields.summary);
    this.request = membersOf(fields.more ?? {});
    this.dataHead = piece(`,"ldap":{"operation":${JSON.stringify(operation)},"messageId":`);
    this.data = membersOf(fields.data);
  }
}

/** What is written of a result. */
class KeptResult {
  /** Behind the response's size. */
  readonly response: Uint8Array;
  readonly errorText: string;

  constructor(content: Uint8Array) {
    const { code, message, matchedDn, referral, oid } = resultFields(content);
    this.errorText = reasonOf(code, message);
    this.response = membersOf({
      status: code,
      statusText: resultNameOf(code),
      ...(message !== '' && { message }),
      ...(matchedDn !== '' && { matchedDn }),
      ...(referral.length > 0 && { referral }),
      ...(oid !== '' && { oid }),
    });
  }
}

/** Only searches: other requests may have passwords in them, which are not to be kept. */
const searches = new ByteInterner((bytes, start, end) => new KeptRequest('search', bytes.subarray(start, end)), KEPT);
const results = new ByteInterner((bytes, start, end) => new KeptResult(bytes.subarray(start, end)), KEPT);

/** What is known of an attribute by its name. */
interface AttributeFacts {
  readonly name: string;
  /** The key of its value. */
  readonly key: Uint8Array;
  readonly isSecret: boolean;
  /** Members of an object with odd names may stand in another order. */
  readonly isPlain: boolean;
}
const PLAIN_NAME = /^[A-Za-z][A-Za-z0-9;.-]*$/;
const attributes = new ByteInterner((bytes, start, end): AttributeFacts => {
  const name = latin1(bytes, start, end);
  return {
    name,
    key: piece(`,${JSON.stringify(name)}:`),
    isSecret: isSecret(name),
    isPlain: PLAIN_NAME.test(name) && name !== 'dn' && name.length <= MAX_VALUE_CHARACTERS,
  };
});
/** Names of the attributes of the entry being written. */
const names: string[] = [];

/** What is read of a call. */
interface WholeOperation extends Exchange {
  readonly operation: string;
  readonly id: number;
  readonly request: Uint8Array | undefined;
  readonly result: Uint8Array | undefined;
  readonly code: number | null;
  readonly missing: string | undefined;
  readonly entryCount: number;
  readonly referenceCount: number;
  readonly intermediateCount: number;
  readonly entries: readonly Uint8Array[];
}

/** One object, which is given call after call. */
export class WrittenLdap extends SizedDescription<WholeOperation> {
  readonly protocols = LDAP;
  private request: KeptRequest | null = null;
  private result: KeptResult | null = null;

  override of(call: WholeOperation): this | null {
    const { operation, request, result, code, requestStart, missing } = call;
    const isWhole = request !== undefined && result !== undefined && code !== null && requestStart !== null;
    if (!isWhole || missing !== undefined || operation === 'extended') return null;
    this.request =
      operation === 'search' ? searches.of(request, 0, request.length) : new KeptRequest(operation, request);
    if (this.request.summary === null) return null;
    this.result = results.of(result, 0, result.length);
    return super.of(call);
  }

  get method(): string {
    return this.call?.operation ?? '';
  }

  get endpoint(): string {
    return this.request?.endpoint ?? '';
  }

  get errorText(): string | undefined {
    return this.result?.errorText;
  }

  writeSummary(json: JsonWriter): void {
    json.text(this.request?.summary ?? '');
  }

  protected override writeAsked(json: JsonWriter): void {
    if (this.request !== null) json.copyOf(this.request.request);
  }

  protected override writeAnswered(
    json: JsonWriter,
    { entries, referenceCount, intermediateCount }: WholeOperation,
  ): void {
    if (this.result !== null) json.copyOf(this.result.response);
    writeCount(json, REFERENCES, referenceCount);
    writeCount(json, INTERMEDIATES, intermediateCount);
    if (entries.length === 0) return;
    json.copyOf(ROWS);
    for (let i = 0; i < entries.length; i++) {
      if (i > 0) json.raw(',');
      writeEntry(json, entries[i] ?? NOTHING);
    }
    json.raw(']');
  }

  writeData(json: JsonWriter): void {
    const { call, request } = this;
    if (call === null || request === null) return;
    json.copyOf(request.dataHead);
    json.number(call.id);
    json.copyOf(request.data);
    if (call.operation === 'search') {
      json.copyOf(ENTRIES);
      json.number(call.entryCount);
    }
    json.raw('}');
  }
}

const NOTHING = new Uint8Array(0);

function writeCount(json: JsonWriter, key: Uint8Array, count: number): void {
  if (count === 0) return;
  json.copyOf(key);
  json.number(count);
}

/** What `entryFields` makes of a SearchResultEntry; refuses what is odd. */
function writeEntry(json: JsonWriter, content: Uint8Array): void {
  const all = new Elements(content);
  const dn = all.next();
  json.copyOf(DN);
  writeValue(json, content, dn?.start ?? 0, dn?.end ?? 0);
  const list = all.take(SEQUENCE);
  const inside = list === undefined ? undefined : all.inside(list);
  names.length = 0;
  for (let one = inside?.next(); inside !== undefined && one !== undefined; one = inside.next()) {
    if (names.length >= MAX_ATTRIBUTES) break;
    writeAttribute(json, inside.inside(one));
  }
  json.raw('}');
}

function writeAttribute(json: JsonWriter, inside: Elements): void {
  const { bytes } = inside;
  const name = inside.next();
  const facts = attributes.of(bytes, name?.start ?? 0, name?.end ?? 0);
  if (!facts.isPlain || names.length >= MAX_COMPARED || names.includes(facts.name)) json.isRefused = true;
  names.push(facts.name);
  json.copyOf(facts.key);
  const set = inside.next();
  const count = set === undefined ? 0 : Math.min(MAX_VALUES, countIn(inside.inside(set)));
  // A single value stands by itself.
  if (count !== 1) json.raw('[');
  const list = set === undefined ? undefined : inside.inside(set);
  for (let i = 0; i < count; i++) {
    const value = list?.next();
    if (i > 0) json.raw(',');
    if (facts.isSecret) json.copyOf(REDACTED_VALUE);
    else writeValue(json, bytes, value?.start ?? 0, value?.end ?? 0);
  }
  if (count !== 1) json.raw(']');
}

function countIn(list: Elements): number {
  let count = 0;
  while (list.next() !== undefined) count++;
  return count;
}

function writeValue(json: JsonWriter, bytes: Uint8Array, start: number, end: number): void {
  if (end - start <= MAX_VALUE_CHARACTERS) writePrintable(json, bytes, start, end);
  else json.text(cutText(bytes.subarray(start, end)));
}
