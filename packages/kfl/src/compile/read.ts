/** How a field is read out of an entry, without allocation. */

import type { FieldNode, Step, Typed } from '../types/typed.ts';
import type { Value } from '../values/compare.ts';
import { caselessKey, computedKey, descend, eachOf, indexOf, keyOf } from '../values/path.ts';

/** A document: an entry, a row of a pipeline, or whatever JSON a file holds. */
export type Document = Readonly<Record<string, unknown>>;
export type Read = (entry: Document) => Value;
export type Test = (entry: Document) => boolean;

/** Reads a field; null or undefined when it is missing. */
export function readField(field: FieldNode): Read {
  const read = readPaths(field);
  if (field.when === undefined) return read;
  const carries = testFlag(field.when);
  return (entry) => (carries(entry) ? read(entry) : null);
}

function readPaths({ paths, isDeclared }: FieldNode): Read {
  const [first = []] = paths;
  if (paths.length === 1) return isDeclared ? readPath(first) : readOwn(first);
  const reads = paths.map(readPath);
  return (entry) => {
    const values = reads.map((read) => read(entry)).filter((value) => value !== null && value !== undefined);
    return values.length === 0 ? null : values.flat();
  };
}

/**
 * A declared path: its keys are ours, so plain access is safe, and where it finds nothing the careful way decides (a list
 * on the way, a plain text where a body is expected).
 */
function readPath(path: readonly string[]): Read {
  const careful = readOwn(path);
  const [a, b, c] = path.map(accessTo);
  if (a === undefined || path.length > 3) return careful;
  if (b === undefined) return a as Read;
  if (c === undefined) {
    return (entry) => {
      const holder = a(entry);
      if (holder === null || holder === undefined) return null;
      const value = b(holder as Document);
      return value === undefined ? careful(entry) : value;
    };
  }
  return (entry) => {
    const outer = a(entry);
    if (outer === null || outer === undefined) return null;
    const holder = b(outer as Document);
    if (holder === null || holder === undefined) return careful(entry);
    const value = c(holder as Document);
    return value === undefined ? careful(entry) : value;
  };
}

export type Access = (holder: Document) => unknown;

/**
 * Keys that most queries read, each with an access of its own: the engine keeps what it learnt about an access with its
 * place in the source, and one place that reads every key forgets it all (bench/kfl.ts: 62 % of a hand-written closure
 * without, 90 % with). Any other key is read the general way.
 */
const accesses: Readonly<Record<string, Access>> = {
  body: (holder) => holder['body'],
  command: (holder) => holder['command'],
  connection: (holder) => holder['connection'],
  dst: (holder) => holder['dst'],
  endpoint: (holder) => holder['endpoint'],
  error: (holder) => holder['error'],
  headers: (holder) => holder['headers'],
  id: (holder) => holder['id'],
  ip: (holder) => holder['ip'],
  latency: (holder) => holder['latency'],
  method: (holder) => holder['method'],
  name: (holder) => holder['name'],
  namespace: (holder) => holder['namespace'],
  path: (holder) => holder['path'],
  pod: (holder) => holder['pod'],
  port: (holder) => holder['port'],
  protocol: (holder) => holder['protocol'],
  protocols: (holder) => holder['protocols'],
  query: (holder) => holder['query'],
  request: (holder) => holder['request'],
  response: (holder) => holder['response'],
  service: (holder) => holder['service'],
  size: (holder) => holder['size'],
  src: (holder) => holder['src'],
  status: (holder) => holder['status'],
  summary: (holder) => holder['summary'],
  timestamp: (holder) => holder['timestamp'],
};
const accessTo = (key: string): Access =>
  (Object.hasOwn(accesses, key) ? accesses[key] : undefined) ?? ((holder) => holder[key]);

/** The two accesses of a declared path of two keys, for what is asked so often that a call less counts. */
export function accessesOf(node: Typed): readonly [Access, Access] | undefined {
  if (node.kind !== 'field' || !node.isDeclared || node.when !== undefined || node.paths.length !== 1) return undefined;
  const [first, second, ...more] = node.paths[0] ?? [];
  if (first === undefined || second === undefined || more.length > 0) return undefined;
  return [accessTo(first), accessTo(second)];
}

/** The value under a constant key of a map at a path of two keys: `request.headers["Host"]`. */
export function readMapKey([outer, inner]: readonly [Access, Access], key: string): Read {
  return (entry) => {
    const holder = outer(entry);
    if (holder === null || holder === undefined) return null;
    const map = inner(holder as Document);
    if (map === null || map === undefined) return null;
    const exact = (map as Document)[key];
    return typeof exact === 'string' ? exact : caselessKey(map, key);
  };
}

/** A path that anyone may have written: only the document's own keys count. */
function readOwn(path: readonly string[]): Read {
  return (entry) => {
    let value: Value = entry;
    for (const key of path) {
      value = keyOf(value, key);
      if (value === null) return null;
    }
    return value;
  };
}

/** Is a protocol among those the entry carries? Documents of others may name only one. */
export function testFlag(id: string): Test {
  return (entry) => {
    const carried = entry['protocols'];
    if (Array.isArray(carried)) return carried.includes(id);
    const only = entry['protocol'];
    return typeof only === 'string' && only.toLowerCase() === id;
  };
}

/** One step into a value that was read. */
export function readStep(read: Read, step: Exclude<Step, { kind: 'computed' }>, isMap: boolean): Read {
  switch (step.kind) {
    case 'key': {
      const { name } = step;
      return isMap ? (entry) => caselessKey(read(entry), name) : (entry) => keyOf(read(entry), name);
    }
    case 'index': {
      const { index } = step;
      return (entry) => indexOf(read(entry), index);
    }
    case 'each':
      return (entry) => eachOf(read(entry));
    case 'descend': {
      const { name } = step;
      return (entry) => descend(read(entry), name);
    }
  }
}

/** A step whose key is itself read from the entry. */
export function readComputed(read: Read, key: Read, isMap: boolean): Read {
  return (entry) => {
    const name = key(entry);
    return isMap && typeof name === 'string' ? caselessKey(read(entry), name) : computedKey(read(entry), name);
  };
}
