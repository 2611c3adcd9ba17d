/** How a field is read out of an entry, without allocation. */

import type { FieldNode, Step } from '../types/typed.ts';
import type { Value } from '../values/compare.ts';
import { caselessKey, computedKey, descend, eachOf, indexOf, keyOf } from '../values/path.ts';

/** A document: an entry, a row of a pipeline, or whatever JSON a file holds. */
export type Document = Readonly<Record<string, unknown>>;
export type Read = (entry: Document) => Value;
export type Test = (entry: Document) => boolean;

type Holder = Readonly<Record<string, unknown>> | null | undefined;

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
  const [a = '', b = '', c = ''] = path;
  switch (path.length) {
    case 1:
      return (entry) => entry[a];
    case 2:
      return (entry) => {
        const holder = entry[a] as Holder;
        if (holder === null || holder === undefined) return null;
        const value = holder[b];
        return value === undefined ? careful(entry) : value;
      };
    case 3:
      return (entry) => {
        const outer = entry[a] as Holder;
        if (outer === null || outer === undefined) return null;
        const holder = outer[b] as Holder;
        if (holder === null || holder === undefined) return careful(entry);
        const value = holder[c];
        return value === undefined ? careful(entry) : value;
      };
    default:
      return careful;
  }
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
