/** What stands in a request and in a response, where the serialization is one that is read: Hessian 2, and JSON in lines. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { printable } from '../../decode/printable.ts';
import { HessianReader } from './hessian.ts';
import { HESSIAN } from './wire.ts';

const FASTJSON = 6;
export const REDACTED = '[REDACTED]';
/** Attachments that are secrets: Dubbo's own token, and what applications pass on. */
const secretName = /token|password|passwd|secret|authorization|credential|access[-_.]?key|signature/i;
export const isSecretName = (name: string): boolean => secretName.test(name);
/** Arguments of a call that are told one by one. */
export const MAX_ARGUMENTS = 256;

export interface Invocation {
  readonly dubboVersion: string;
  readonly service: string;
  readonly serviceVersion: string;
  readonly method: string;
  readonly parameterTypes: readonly string[];
  readonly arguments: readonly JsonValue[];
  readonly attachments: JsonObject;
  /** Something could not be read. */
  readonly isCut: boolean;
}

/** Values one after the other. */
interface Source {
  next(): JsonValue;
  readonly isOver: boolean;
}

function sourceOf(body: Uint8Array, serialization: number): Source | undefined {
  if (serialization === HESSIAN) {
    const reader = new HessianReader(body);
    return {
      next: () => reader.value(),
      get isOver() {
        return reader.isOver;
      },
    };
  }
  if (serialization !== FASTJSON) return undefined;
  const lines = printable(body).split('\n');
  let isOver = false;
  return {
    next: () => {
      const line = lines.shift();
      try {
        return JSON.parse(line ?? '') as JsonValue;
      } catch {
        isOver = true; // a line that is none is where reading ends
        return null;
      }
    },
    get isOver() {
      return isOver;
    },
  };
}

const textIn = (value: JsonValue): string => (typeof value === 'string' ? value : '');
const objectIn = (value: JsonValue): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** Undefined where the serialization is not read. */
export function invocationOf(body: Uint8Array, serialization: number): Invocation | undefined {
  const source = sourceOf(body, serialization);
  if (source === undefined) return undefined;
  const next = () => textIn(source.next());
  const [dubboVersion, service, serviceVersion, method] = [next(), next(), next(), next()];
  const parameterTypes = typesOf(next());
  const values: JsonValue[] = [];
  while (values.length < Math.min(parameterTypes.length, MAX_ARGUMENTS) && !source.isOver) {
    const value = source.next();
    if (!source.isOver) values.push(value);
  }
  const attachments = source.isOver ? {} : objectIn(source.next());
  return {
    dubboVersion,
    service,
    serviceVersion,
    method,
    parameterTypes,
    arguments: values,
    attachments: withoutSecrets(attachments),
    isCut: source.isOver,
  };
}

const withoutSecrets = (attachments: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(attachments).map(([name, value]) => [name, isSecretName(name) ? REDACTED : (value ?? null)]),
  );

const primitives: Readonly<Record<string, string>> = {
  ...{ V: 'void', Z: 'boolean', B: 'byte', C: 'char', D: 'double', F: 'float', I: 'int', J: 'long', S: 'short' },
};
const typeForm = /(\[*)(?:([VZBCDFIJS])|L([^;]+);)/g;

/** `Ljava/lang/String;I` → `java.lang.String`, `int`. */
export function typesOf(descriptor: string): string[] {
  return Array.from(
    descriptor.matchAll(typeForm),
    ([, arrays = '', primitive, name = '']) =>
      (primitive === undefined ? name.replaceAll('/', '.') : (primitives[primitive] ?? '')) +
      '[]'.repeat(arrays.length),
  );
}

export interface Outcome {
  readonly kind: 'value' | 'exception' | 'null' | 'error';
  readonly value: JsonValue;
  readonly attachments: JsonObject;
}

/** What a response says comes first as a number: an exception, a value, null; from 3 on the same with attachments. */
export function outcomeOf(body: Uint8Array, serialization: number, isOk: boolean): Outcome | undefined {
  const source = sourceOf(body, serialization);
  if (source === undefined) return undefined;
  // A response that is an error holds its text and nothing else.
  if (!isOk) return { kind: 'error', value: source.next(), attachments: {} };
  const flag = source.next();
  if (typeof flag !== 'number') return undefined;
  const kind = flag % 3 === 0 ? 'exception' : flag % 3 === 1 ? 'value' : 'null';
  const value = kind === 'null' ? null : source.next();
  const attachments = flag >= 3 && !source.isOver ? objectIn(source.next()) : {};
  return { kind, value, attachments: withoutSecrets(attachments) };
}
