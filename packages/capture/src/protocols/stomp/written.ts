/** Calls as JSON out of the texts of their heads and the bytes of their bodies, without the objects that describe them. */

import type { ProtocolId } from '@kubeshark/model';
import type { WrittenDescription } from '../../dissect/dissector.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writePayload } from '../../json/written-values.ts';
import type { Half } from './call.ts';

const STOMP: readonly ProtocolId[] = ['stomp'];

const SIZE = piece('{"size":');
const COMMAND = piece(',"command":');
const HEADERS = piece(',"headers":{');
const BODY = piece(',"body":');
const STATUS = piece(',"status":');
const DATA = piece(',"stomp":{"command":');
const HELD_MILLIS = piece(',"heldMillis":');

/** What a call tells of itself besides its halves. */
export interface Told {
  readonly method: string;
  readonly endpoint: string;
  readonly summary: string;
  readonly errorText: string | undefined;
  readonly traceId: string | undefined;
  readonly status: number | string | null;
  readonly request: Half | undefined;
  readonly response: Half | undefined;
  /** What stands under the protocol's own name, in order; undefined is left out. */
  readonly data: readonly (readonly [name: string, value: string | undefined])[];
  /** Microseconds between a delivery and what settles it. */
  readonly heldMicros: number | undefined;
  readonly peers: readonly (readonly [name: string, value: string | undefined])[];
  /** Body bytes shown. */
  readonly limit: number;
}

/** One object, which is given call after call. */
export class WrittenStomp implements WrittenDescription {
  readonly protocols = STOMP;
  method = '';
  endpoint = '';
  errorText: string | undefined;
  traceId: string | undefined;
  private told: Told | null = null;

  /** The call to be written next; null when it has to be described. */
  of(told: Told): this | null {
    if (!isPlain(told.request) || !isPlain(told.response)) return null;
    this.told = told;
    this.method = told.method;
    this.endpoint = told.endpoint;
    this.errorText = told.errorText;
    this.traceId = told.traceId;
    return this;
  }

  writeSummary(json: JsonWriter): void {
    json.text(this.told?.summary ?? '');
  }

  writeRequest(json: JsonWriter): void {
    const { told } = this;
    if (told?.request === undefined) return json.raw('null');
    writeHalf(json, told.request, told.limit);
    json.raw('}');
  }

  writeResponse(json: JsonWriter): void {
    const { told } = this;
    if (told?.response === undefined) return json.raw('null');
    writeHalf(json, told.response, told.limit);
    json.copyOf(STATUS);
    json.value(told.status ?? 0);
    json.raw('}');
  }

  writeData(json: JsonWriter): void {
    const { told } = this;
    if (told === null) return;
    json.copyOf(DATA);
    json.name(told.method);
    for (const [name, value] of told.data) writeOptional(json, name, value);
    if (told.heldMicros !== undefined) {
      json.copyOf(HELD_MILLIS);
      json.thousandths(told.heldMicros);
    }
    for (const [name, value] of told.peers) writeOptional(json, name, value);
    json.raw('}');
  }
}

/** Names that come again are lists, and numbers stand first in an object: both are rare. */
function isPlain(half: Half | undefined): boolean {
  if (half === undefined) return true;
  const { headers } = half;
  for (let i = 0; i < headers.length; i++) {
    const name = headers[i]?.[0] ?? '';
    const first = name.charCodeAt(0);
    if ((first >= 0x30 && first <= 0x39) || name === '__proto__') return false;
    for (let before = 0; before < i; before++) if (headers[before]?.[0] === name) return false;
  }
  return true;
}

/** Without the closing brace. */
function writeHalf(json: JsonWriter, { size, command, headers, body, mime }: Half, limit: number): void {
  json.copyOf(SIZE);
  json.number(size);
  json.copyOf(COMMAND);
  json.name(command);
  let isFirst = true;
  for (const [name, value] of headers) {
    if (isFirst) json.copyOf(HEADERS);
    else json.raw(',');
    isFirst = false;
    json.name(name);
    json.raw(':');
    json.text(value);
  }
  if (!isFirst) json.raw('}');
  if (body.size === 0) return;
  json.copyOf(BODY);
  writePayload(json, body.contentRange, { size: body.size, isCut: body.isCut, limit, mime });
}

function writeOptional(json: JsonWriter, name: string, value: string | undefined): void {
  if (value === undefined) return;
  json.raw(',');
  json.name(name);
  json.raw(':');
  json.text(value);
}
