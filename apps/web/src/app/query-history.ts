/** Queries that were applied, newest first; kept in this browser. */

import { usePreference } from '../lib/preferences.ts';

/** As many as fit a menu one still looks through. */
const MAX_HISTORY = 40;
const NONE: readonly string[] = [];

const accept = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value)
    ? value.filter((item): item is string => typeof item === 'string').slice(0, MAX_HISTORY)
    : undefined;

export function useQueryHistory() {
  const [history, setHistory] = usePreference('queries.history', accept, NONE);
  return {
    history,
    remember: (query: string) => {
      const text = query.trim();
      if (text !== '' && text !== history[0])
        setHistory([text, ...history.filter((item) => item !== text)].slice(0, MAX_HISTORY));
    },
    clear: () => setHistory(NONE),
  };
}
