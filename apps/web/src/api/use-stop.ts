/** Lets a person end a question that takes long, and ask it after all. */

import { hashKey, type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

export interface Stop {
  /** The question is not asked: it goes into the query as `enabled`, turned round. */
  readonly isStopped: boolean;
  readonly stop: () => void;
  readonly goOn: () => void;
}

/** For the query with this key only: another question is asked whatever was stopped before. */
export function useStop(queryKey: QueryKey): Stop {
  const client = useQueryClient();
  const [stopped, setStopped] = useState<string | null>(null);
  const key = hashKey(queryKey);
  return {
    isStopped: stopped === key,
    stop: () => {
      setStopped(key);
      void client.cancelQueries({ queryKey, exact: true });
    },
    goOn: () => setStopped(null),
  };
}
