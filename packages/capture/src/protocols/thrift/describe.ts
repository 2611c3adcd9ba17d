/** What a Thrift call looks like to people. */

import type { JsonObject } from '@kubeshark/model';
import { CountedExchange } from '../../dissect/counted-exchange.ts';
import type { Description, Span } from '../../dissect/dissector.ts';
import { methodOf } from './frames.ts';
import { type Encoding, Walker } from './values.ts';
import { type Message, MessageType } from './wire.ts';

export const MAX_SUMMARY = 200;

/** A message, as far as a call needs it. */
export interface Half {
  readonly encoding: Encoding;
  readonly isFramed: boolean;
  readonly type: number;
  readonly name: string;
  readonly sequence: number;
  /** The struct. */
  readonly body: Uint8Array;
  size: number;
  readonly start: number;
  end: number;
  /** There was more than was kept. */
  isCut: boolean;
}

/** The body stays where it lies. */
export function halfOf(message: Message, { first: start, last: end }: Span): Half {
  const { encoding, isFramed, type, name, sequence, size, body } = message;
  return { encoding, isFramed, type, name, sequence, body, size, start, end, isCut: false };
}

export interface ThriftCall {
  readonly asked: Half | undefined;
  replied: Half | undefined;
  /** Why there is no reply, when there should be one. */
  missing: string | undefined;
  gap: number;
}

/** TApplicationExceptionType. */
const exceptionTypes = [
  ...['unknown', 'unknown method', 'invalid message type', 'wrong method name', 'bad sequence id', 'missing result'],
  ...['internal error', 'protocol error', 'invalid transform', 'invalid protocol', 'unsupported client type'],
];

type Outcome =
  | { readonly kind: 'result'; readonly value: JsonObject[string] | undefined }
  | { readonly kind: 'application'; readonly type: number; readonly message: string }
  | { readonly kind: 'declared'; readonly value: JsonObject };

export class ThriftExchange extends CountedExchange {
  readonly protocol = 'thrift';
  readonly #call: ThriftCall;
  #read: Outcome | undefined;

  constructor(call: ThriftCall) {
    super();
    this.#call = call;
    const { asked, replied, gap } = call;
    if (asked !== undefined) this.setRequest(asked);
    if (replied !== undefined) this.setResponse(replied);
    this.gap = gap;
    this.truncated = asked?.isCut === true || replied?.isCut === true;
  }

  get status(): number | string | null {
    if (this.#isPlainResult) return 0;
    const outcome = this.#outcome;
    if (outcome === undefined) return null;
    return outcome.kind === 'result' ? 0 : outcome.kind === 'application' ? outcome.type : 'exception';
  }
  get error(): boolean {
    if (this.#isPlainResult) return this.#call.missing !== undefined;
    const outcome = this.#outcome;
    return this.#call.missing !== undefined || (outcome !== undefined && outcome.kind !== 'result');
  }

  /** A reply that begins with its result, told without making its values. */
  get #isPlainResult(): boolean {
    const { replied } = this.#call;
    return replied !== undefined && replied.type === MessageType.REPLY && beginsWithResult(replied);
  }

  /** Field 0 of a reply is the result, any other a declared exception. */
  get #outcome(): Outcome | undefined {
    const { replied } = this.#call;
    if (replied === undefined) return undefined;
    this.#read ??= outcomeOf(replied);
    return this.#read;
  }

  endpoint(): string {
    const { asked, replied } = this.#call;
    return asked?.name ?? replied?.name ?? '';
  }

  describe(): Description {
    const { asked, replied, missing } = this.#call;
    const outcome = this.#outcome;
    const parameters = asked === undefined ? undefined : structOf(asked);
    const method = methodOf(this.endpoint());
    const errorText = outcome === undefined ? missing : errorOf(outcome);
    return {
      protocols: ['thrift'],
      method: method.method,
      endpoint: this.endpoint(),
      summary: summaryOf(this.endpoint(), parameters),
      ...(errorText !== undefined && { errorText }),
      request: asked === undefined ? null : { size: asked.size },
      response: replied === undefined ? null : { size: replied.size, status: this.status ?? 0 },
      data: { thrift: { ...method, ...dataOf(asked ?? replied, parameters), ...(outcome && resultOf(outcome)) } },
    };
  }
}

/** Is the first field number 0? It is a type and two bytes; of the compact encoding a type whose number follows as a varint. */
function beginsWithResult({ body, encoding }: Half): boolean {
  if (body.length < 3 || body[0] === 0) return false;
  if (encoding === 'binary') return body[1] === 0 && body[2] === 0;
  return (body[0] ?? 0) >> 4 === 0 && body[1] === 0;
}

function structOf({ body, encoding }: Half): JsonObject {
  return new Walker(body, 0, encoding).struct();
}

function outcomeOf(half: Half): Outcome {
  const fields = structOf(half);
  if (half.type === MessageType.EXCEPTION) {
    const { 1: message, 2: type } = fields;
    return {
      kind: 'application',
      type: typeof type === 'number' ? type : 0,
      message: typeof message === 'string' ? message : '',
    };
  }
  const [first] = Object.entries(fields);
  // A method that returns nothing answers with no field at all.
  if (first === undefined || first[0] === '0') return { kind: 'result', value: first?.[1] };
  return { kind: 'declared', value: fields };
}

function errorOf(outcome: Outcome): string | undefined {
  if (outcome.kind === 'result') return undefined;
  if (outcome.kind === 'declared') return `exception ${JSON.stringify(outcome.value).slice(0, MAX_SUMMARY)}`;
  const type = exceptionTypes[outcome.type] ?? String(outcome.type);
  return outcome.message === '' ? type : `${outcome.message} (${type})`;
}

/** `getOrder(7, "lamp")`. */
function summaryOf(name: string, parameters: JsonObject | undefined): string {
  const values = Object.values(parameters ?? {}).map((value) => JSON.stringify(value));
  const text = `${name}(${values.join(', ')})`;
  return text.length > MAX_SUMMARY ? `${text.slice(0, MAX_SUMMARY)}…` : text;
}

function dataOf(half: Half | undefined, parameters: JsonObject | undefined): JsonObject {
  if (half === undefined) return {};
  return {
    ...(parameters !== undefined && { arguments: parameters }),
    sequence: half.sequence,
    protocol: half.encoding,
    transport: half.isFramed ? 'framed' : 'buffered',
  };
}

function resultOf(outcome: Outcome): JsonObject {
  if (outcome.kind === 'declared') return { exception: outcome.value };
  if (outcome.kind === 'application') return { exception: { message: outcome.message, type: outcome.type } };
  return outcome.value === undefined ? {} : { result: outcome.value };
}
