/** `{{.src.name}} → {{.dst.name}}`: the guide's message templates, filled from an entry. */

import type { Entry } from '@kubeshark/model';

const placeholder = /\{\{\s*\.([\w.-]+)\s*\}\}/g;
/** A body in a chat message helps nobody. */
const MAX_VALUE = 500;

function valueAt(entry: Entry, path: string): string {
  let value: unknown = entry;
  for (const name of path.split('.')) {
    const isContainer = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
    value = isContainer ? (value as Record<string, unknown>)[name] : undefined;
  }
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** The message with every field's value; a missing one is empty. */
export function fill(template: string, entry: Entry): string {
  return template.replace(placeholder, (_, path: string) => valueAt(entry, path));
}
