/** What the inspector shows of an entry in one tab: the sections its protocols declare, then whatever they did not name. */

import { type Entry, protocolOf, type Section, type SectionRow } from '@kubeshark/model';
import { valueAt } from '../../../lib/path.ts';

/** Said elsewhere in the inspector. */
const KNOWN_ELSEWHERE = new Set(['size', 'latency']);

/** Sections with a value in this entry, most specific protocol first, every path once. */
export function sectionsOf(entry: Entry, tab: Section['tab']): readonly Section[] {
  const seen = new Set<string>();
  const sections: { readonly title: string; readonly tab: Section['tab']; rows: SectionRow[] }[] = [];
  for (const id of entry.protocols) {
    for (const section of protocolOf(id)?.sections ?? []) {
      if (section.tab !== tab) continue;
      const rows = section.rows.filter(({ path }) => !seen.has(path) && hasValue(valueAt(entry, path)));
      for (const { path } of rows) seen.add(path);
      if (rows.length === 0) continue;
      const same = sections.find(({ title }) => title === section.title);
      if (same === undefined) sections.push({ title: section.title, tab, rows: [...rows] });
      else same.rows = [...same.rows, ...rows];
    }
  }
  if (tab !== 'connection') {
    const rest = Object.entries(entry[tab] ?? {})
      .map(([key, value]) => ({ label: key, path: `${tab}.${key}`, value }))
      .filter(({ label, path, value }) => !KNOWN_ELSEWHERE.has(label) && !seen.has(path) && hasValue(value));
    const rows = rest.map(({ label, path }) => ({ label: titles[label] ?? label, path, viewer: viewerOf(label) }));
    if (rows.length > 0) sections.push({ title: sections.length === 0 ? 'Message' : 'More', tab, rows });
  }
  // Bodies are the tallest: they come last.
  return sections.toSorted((a, b) => Number(hasBody(a)) - Number(hasBody(b)));
}

const titles: Readonly<Record<string, string>> = {
  body: 'Body',
  headers: 'Headers',
  query: 'Query',
  status: 'Status',
  method: 'Method',
};
const viewerOf = (key: string): 'body' | 'table' | 'auto' =>
  key === 'body' ? 'body' : key === 'headers' ? 'table' : 'auto';
const hasBody = ({ rows }: Section): boolean => rows.some(({ viewer }) => viewer === 'body');

function hasValue(value: unknown): boolean {
  if (value === undefined) return false;
  if (value !== null && typeof value === 'object') return Object.keys(value).length > 0;
  return true;
}
