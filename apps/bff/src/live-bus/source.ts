/**
 * Where entries can be had again after they were passed on. Remembered as the bytes they came in, they cost the collector
 * nothing; as objects they would be copied, one by one, each time it runs.
 */

import type { Entry } from '@kubeshark/model';

export interface Source {
  readonly count: number;
  /** What the entries take when they are unpacked, roughly. */
  readonly bytes: number;
  /** The same ones in the same order each time. */
  entries(): readonly Entry[];
}

/** Objects, names and headers of an entry without its bodies: measured 2 to 4 kB. */
const ENTRY_OVERHEAD_BYTES = 3_000;

function sizeOf({ request, response }: Entry): number {
  const body = (half: Entry['request'] | Entry['response']) =>
    (half?.body?.text?.length ?? 0) + (half?.body?.base64?.length ?? 0);
  return ENTRY_OVERHEAD_BYTES + body(request) + body(response);
}

/** Entries that are nowhere else. */
export function asTheyAre(entries: readonly Entry[]): Source {
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  return { count: entries.length, bytes, entries: () => entries };
}

/** Entries that differ from those of a source in what their ends are called, and in nothing else. */
export function named(source: Source, before: readonly Entry[], after: readonly Entry[]): Source {
  if (before === after) return source;
  const places = new Map(before.map(({ id }, at) => [id, at]));
  const kept = after.map((entry) => {
    const at = places.get(entry.id);
    const { src, dst, capture } = entry;
    // A call seen at several places is told by the nearest of them, which may have come in another batch.
    return at === undefined ? { entry } : { at, names: { src, dst, capture } };
  });
  return {
    count: after.length,
    bytes: source.bytes,
    entries() {
      const whole = source.entries();
      return kept.map((each) => each.entry ?? ({ ...whole[each.at], ...each.names } as Entry));
    },
  };
}
