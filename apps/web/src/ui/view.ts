/** The query, time and highlight that all pages share, and the ways to change them. The address bar is where they live. */

import { createContext, useContext } from 'react';
import type { Search } from '../lib/search.ts';
import type { TimeRange } from '../lib/time-range.ts';

export type PageName = 'traffic' | 'map' | 'dashboard' | 'queries' | 'recordings' | 'settings';

export interface View {
  /** The applied query: always one that compiles. */
  readonly query: string;
  readonly range: TimeRange;
  /** Opened file that is looked at; undefined for what is captured. */
  readonly source: string | undefined;
  readonly highlight: string;
  /** Makes `query` the applied one, if it compiles; else it stays in the bar with its errors. */
  readonly apply: (query: string) => void;
  readonly setRange: (range: TimeRange) => void;
  readonly setHighlight: (query: string) => void;
  /** Opens a page; `patch` is laid over the shared parameters. */
  readonly go: (page: PageName, patch?: { readonly [key in keyof Search]?: Search[key] | undefined }) => void;
}

const ViewContext = createContext<View | null>(null);

export const ViewProvider = ViewContext.Provider;

export function useView(): View {
  const view = useContext(ViewContext);
  if (view === null) throw new Error('useView needs a ViewProvider above it');
  return view;
}

/** What every page component is given: its own part of the address. */
export interface PageProps {
  readonly search: Search;
  /** Changes parameters of this page; `replace` leaves no step in the history. */
  readonly onSearch: (patch: { readonly [key in keyof Search]?: Search[key] | undefined }, replace?: boolean) => void;
}
