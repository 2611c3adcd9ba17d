/** The hub as components see it. */

import { createContext, useContext } from 'react';
import type { Api } from './api.ts';
import type { EntryFeed } from './feed.ts';

export interface Hub {
  readonly api: Api;
  readonly feed: EntryFeed;
}

const HubContext = createContext<Hub | null>(null);

export const HubProvider = HubContext.Provider;

export function useHub(): Hub {
  const hub = useContext(HubContext);
  if (hub === null) throw new Error('useHub needs a HubProvider above it');
  return hub;
}
