/** What a link to any page carries. Everything is optional text: a person may type it, so reading accepts anything. */

export const groupings = ['endpoint', 'service', 'status'] as const;
type Grouping = (typeof groupings)[number];
export const mapGroupings = ['service', 'workload', 'pod', 'namespace', 'ip'] as const;
export type MapGrouping = (typeof mapGroupings)[number];

export interface Search {
  /** Opened file that is looked at; absent means what is captured. */
  readonly s?: string;
  /** Replay whose report is shown. */
  readonly r?: string;
  /** The KFL query all data pages share. */
  readonly q?: string;
  /** Time range as lib/time-range writes it; absent means live. */
  readonly t?: string;
  /** Second filter that only colours rows. */
  readonly h?: string;
  /** Id of the selected entry. */
  readonly e?: string;
  /** Id of the entry it is compared with. */
  readonly c?: string;
  /** Tab of the inspector, or section of the settings. */
  readonly tab?: string;
  readonly group?: Grouping;
  /** Column the list is sorted by, with `-` before it from the largest down; absent means as the calls came. */
  readonly sort?: string;
  /** What the map draws as a node. */
  readonly by?: MapGrouping;
  /** Node of the map in focus. */
  readonly node?: string;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

/** Ids the hub gives to files and replays. */
const HUB_ID = /^[0-9a-f]{12}$/;
const ID = /^\d{1,20}$/;
const TAB = /^[a-z]{1,20}$/;
const SORT = /^-?[a-zA-Z]{1,20}$/;
const MAX_TEXT = 16_384;

/** The known parameters of `raw`, each only when it makes sense. */
export function readSearch(raw: Readonly<Record<string, unknown>>): Search {
  const search: Mutable<Search> = {};
  const text = (key: keyof Search): string | undefined => {
    const value = raw[key];
    return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT ? value : undefined;
  };
  for (const key of ['q', 't', 'h', 'node'] as const) {
    const value = text(key);
    if (value !== undefined) search[key] = value;
  }
  for (const key of ['e', 'c'] as const) {
    const value = text(key);
    if (value !== undefined && ID.test(value)) search[key] = value;
  }
  for (const key of ['s', 'r'] as const) {
    const value = text(key);
    if (value !== undefined && HUB_ID.test(value)) search[key] = value;
  }
  const tab = text('tab');
  if (tab !== undefined && TAB.test(tab)) search.tab = tab;
  const sort = text('sort');
  if (sort !== undefined && SORT.test(sort)) search.sort = sort;
  const group = groupings.find((word) => word === raw['group']);
  if (group !== undefined) search.group = group;
  const by = mapGroupings.find((word) => word === raw['by']);
  if (by !== undefined) search.by = by;
  return search;
}

/** Parameters that stay when a person goes to another page. */
export const sharedSearch = ({ s, q, t, h }: Search): Search => ({
  ...(s !== undefined && { s }),
  ...(q !== undefined && { q }),
  ...(t !== undefined && { t }),
  ...(h !== undefined && { h }),
});

/** `search` with `patch` laid over it; an undefined in the patch removes the parameter. */
export function patchSearch(
  search: Search,
  patch: { readonly [key in keyof Search]?: Search[key] | undefined },
): Search {
  return Object.fromEntries(
    Object.entries({ ...search, ...patch }).filter(([, value]) => value !== undefined && value !== ''),
  ) as Search;
}

/** Text of an address's search part; unlike the router's own form, no value is JSON. */
export function writeSearch(search: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) if (typeof value === 'string') parameters.set(key, value);
  return parameters.size === 0 ? '' : `?${parameters}`;
}

export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));
