/** Who holds the local ends of a call. */

import type { Endpoint, Entry } from '@kubeshark/model';

export interface Process {
  readonly pid: number;
  readonly name: string;
}

/** Undefined for an end of another machine, and for one that nobody is known to hold. */
export interface Ends {
  readonly src: Process | undefined;
  readonly dst: Process | undefined;
}

export const nobody: Ends = { src: undefined, dst: undefined };

/** The entry with who holds its ends. */
export function withEnds(entry: Entry, { src, dst }: Ends): Entry {
  return { ...entry, src: held(entry.src, src), dst: held(entry.dst, dst) };
}

function held(end: Endpoint, process: Process | undefined): Endpoint {
  return process === undefined
    ? end
    : { ...end, name: end.name ?? process.name, process: process.name, pid: process.pid };
}
