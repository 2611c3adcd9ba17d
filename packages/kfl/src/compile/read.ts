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
  const [key = ''] = path;
  if (path.length === 1) return accessOf(path) ?? ((entry) => entry[key]);
  const access = accessOf(path);
  if (access === undefined) return careful;
  return (entry) => {
    const value = access(entry);
    return value === undefined ? careful(entry) : value;
  };
}

export type Access = (entry: Document) => unknown;
type Holder = Document | null | undefined;

/**
 * Paths that most queries read, each with an access of its own: the engine keeps what it learnt about an access with its
 * place in the source, and one place that reads every key forgets it all (bench/kfl.ts: 54 to 62 % of a hand-written
 * closure without). Any other path is read the careful way.
 */
const accesses: Readonly<Record<string, Access>> = {
  endpoint: (entry) => entry['endpoint'],
  error: (entry) => entry['error'],
  id: (entry) => entry['id'],
  method: (entry) => entry['method'],
  protocol: (entry) => entry['protocol'],
  summary: (entry) => entry['summary'],
  timestamp: (entry) => entry['timestamp'],
  'src.ip': (entry) => (entry['src'] as Holder)?.['ip'],
  'src.name': (entry) => (entry['src'] as Holder)?.['name'],
  'src.namespace': (entry) => (entry['src'] as Holder)?.['namespace'],
  'src.pod': (entry) => (entry['src'] as Holder)?.['pod'],
  'src.service': (entry) => (entry['src'] as Holder)?.['service'],
  'dst.ip': (entry) => (entry['dst'] as Holder)?.['ip'],
  'dst.name': (entry) => (entry['dst'] as Holder)?.['name'],
  'dst.namespace': (entry) => (entry['dst'] as Holder)?.['namespace'],
  'dst.pod': (entry) => (entry['dst'] as Holder)?.['pod'],
  'dst.port': (entry) => (entry['dst'] as Holder)?.['port'],
  'dst.service': (entry) => (entry['dst'] as Holder)?.['service'],
  'request.body': (entry) => (entry['request'] as Holder)?.['body'],
  'request.headers': (entry) => (entry['request'] as Holder)?.['headers'],
  'request.method': (entry) => (entry['request'] as Holder)?.['method'],
  'request.path': (entry) => (entry['request'] as Holder)?.['path'],
  'request.query': (entry) => (entry['request'] as Holder)?.['query'],
  'request.size': (entry) => (entry['request'] as Holder)?.['size'],
  'response.body': (entry) => (entry['response'] as Holder)?.['body'],
  'response.headers': (entry) => (entry['response'] as Holder)?.['headers'],
  'response.latency': (entry) => (entry['response'] as Holder)?.['latency'],
  'response.size': (entry) => (entry['response'] as Holder)?.['size'],
  'response.status': (entry) => (entry['response'] as Holder)?.['status'],
};
function accessOf(path: readonly string[]): Access | undefined {
  // A column of a pipeline may be called `src.name`: that is one key.
  if (path.some((key) => key.includes('.'))) return undefined;
  const name = path.join('.');
  return Object.hasOwn(accesses, name) ? accesses[name] : undefined;
}

/** The access of a field, for what is asked so often that a call less counts. */
export function directAccess(node: Typed): Access | undefined {
  if (node.kind !== 'field' || !node.isDeclared || node.when !== undefined || node.paths.length !== 1) return undefined;
  return accessOf(node.paths[0] ?? []);
}

/** The value under a constant key of a map: `request.headers["Host"]`. */
export function readMapKey(access: Access, key: string): Read {
  return (entry) => {
    const map = access(entry) as Holder;
    if (map === null || map === undefined) return null;
    const exact = map[key];
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
