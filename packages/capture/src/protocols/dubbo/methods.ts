/** What is known of a method by the five texts that a request begins with, made once: they come again with every call. */

import { ByteInterner } from '../../decode/interner.ts';
import { CallGroup } from '../../dissect/call-group.ts';
import { piece } from '../../json/json-writer.ts';
import { insideQuotes } from '../../json/written-values.ts';
import { MAX_ARGUMENTS, typesOf } from './bodies.ts';
import { nameOf } from './describe.ts';
import { HessianReader } from './hessian.ts';
import { textEnd } from './hessian-text.ts';

/** Dubbo's version, the service, its version, the method and the types of its parameters. */
const TEXTS = 5;
/** Full, the memory starts afresh; longer ones are made each time. */
const KEPT = { capacity: 4096, maxLength: 1024 } as const;

export interface MethodFacts {
  readonly method: string;
  readonly group: CallGroup;
  /** Arguments to be read. */
  readonly parameters: number;
  /** What stands between `twoWay` and the arguments. */
  readonly data: Uint8Array;
  /** How the summary begins, inside of its quotes; null where it is too long or odd. */
  readonly summary: Uint8Array | null;
  /** Where the texts end, from where they begin. */
  readonly length: number;
}

const methods = new ByteInterner<MethodFacts | null>((bytes, start, end) => factsOf(bytes, start, end), KEPT);
const MAX_HEAD = 120;
/** ASCII of which JSON escapes nothing: `Orders.get`. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function factsOf(bytes: Uint8Array, start: number, end: number): MethodFacts | null {
  const reader = new HessianReader(bytes.subarray(start, end));
  const [version, service, serviceVersion, method, descriptor] = Array.from({ length: TEXTS }, () => reader.text());
  if (!method || !service || reader.isOver) return null;
  const parameterTypes = typesOf(descriptor ?? '');
  const endpoint = nameOf(service, method);
  const facts = {
    service,
    method,
    ...(serviceVersion !== '' && { serviceVersion }),
    ...(version !== '' && { version }),
    parameterTypes,
  };
  const isPlain = endpoint.length <= MAX_HEAD && PLAIN.test(endpoint);
  return {
    method,
    group: new CallGroup(endpoint),
    parameters: Math.min(parameterTypes.length, MAX_ARGUMENTS),
    data: piece(`,${JSON.stringify(facts).slice(1, -1)},"arguments":[`),
    summary: isPlain ? insideQuotes(`${endpoint}(`) : null,
    length: end - start,
  };
}

/** Of the body at `start`; null where it does not begin so. */
export function methodAt(bytes: Uint8Array, start: number, limit: number): MethodFacts | null {
  let at = start;
  for (let i = 0; i < TEXTS; i++) {
    at = textEnd(bytes, at, limit);
    if (at < 0) return null;
  }
  return methods.of(bytes, start, at);
}
