/** Calls a person has marked, with what they thought of them; kept in this browser. */

import { useMemo } from 'react';
import { usePreference } from '../../lib/preferences.ts';

export interface Mark {
  readonly id: string;
  readonly summary: string;
  readonly comment: string;
}

/** More marks than a person can tell apart; the oldest go first. */
const MAX_MARKS = 500;
const NONE: readonly Mark[] = [];

function acceptMarks(value: unknown): readonly Mark[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((item: unknown) => {
    const { id, summary, comment } = (item ?? {}) as Partial<Record<keyof Mark, unknown>>;
    return typeof id === 'string' && typeof summary === 'string' && typeof comment === 'string'
      ? [{ id, summary, comment }]
      : [];
  });
}

export function useMarks() {
  const [marks, setMarks] = usePreference('traffic.marks', acceptMarks, NONE);
  return useMemo(() => {
    const byId = new Map(marks.map((mark) => [mark.id, mark]));
    return {
      marks,
      find: (id: string) => byId.get(id),
      set: (mark: Mark) => setMarks([...marks.filter(({ id }) => id !== mark.id), mark].slice(-MAX_MARKS)),
      remove: (id: string) => setMarks(marks.filter((mark) => mark.id !== id)),
    };
  }, [marks, setMarks]);
}
