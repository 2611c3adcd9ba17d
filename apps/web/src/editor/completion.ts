/** What may be typed at a place in a query. Pure: live values come through a function. */

import { aggregates, functions, stageDocs } from '@kubeshark/kfl';
import { kflSchema } from '@kubeshark/model';

export interface Completion {
  readonly label: string;
  readonly kind: 'field' | 'flag' | 'operator' | 'keyword' | 'value' | 'function';
  readonly doc?: string | undefined;
  /** Text to write; the label otherwise. */
  readonly text?: string;
}

export interface Completions {
  /** What they replace: from here to the cursor. */
  readonly from: number;
  readonly items: readonly Completion[];
}

/** The values a field has had lately, most frequent first. */
export type FieldValues = (field: string, prefix: string) => Promise<readonly (string | number | boolean)[]>;

type Context =
  | { readonly kind: 'term'; readonly from: number }
  | { readonly kind: 'operator'; readonly from: number; readonly field: string }
  | { readonly kind: 'value'; readonly from: number; readonly field: string; readonly prefix: string }
  | { readonly kind: 'connective'; readonly from: number }
  | { readonly kind: 'stage'; readonly from: number }
  | { readonly kind: 'none' };

const TOKEN =
  /(?<string>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|`[^`]*`?)|(?<path>[A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*|\.(?![.\w])|\[(?:"[^"]*"|'[^']*'|\d+|\*)\])*)|(?<number>\d[\w.]*)|(?<operator>==|!=|<=|>=|=~|!~|&&|\|\||[<>=!|()[\],])|(?<other>\S)/g;
const COMPARISONS = new Set([
  '==',
  '!=',
  '=',
  '<',
  '<=',
  '>',
  '>=',
  '=~',
  '!~',
  'contains',
  'startswith',
  'endswith',
  'matches',
  'like',
  'in',
]);
const CONNECTIVES = new Set(['and', 'or', 'not', '&&', '||', '!', '(', '|', 'where', 'by', ',']);

/** Where the cursor is, by the tokens before it. */
export function contextAt(text: string, offset: number): Context {
  const tokens = [...text.slice(0, offset).matchAll(TOKEN)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
    isPath: match.groups?.['path'] !== undefined,
    isString: match.groups?.['string'] !== undefined,
  }));
  const last = tokens.at(-1);
  // A token that touches the cursor is being typed.
  const typed = last !== undefined && last.end === offset && (last.isPath || last.isString) ? last : undefined;
  const before = typed === undefined ? tokens : tokens.slice(0, -1);
  const from = typed?.start ?? offset;
  const previous = before.at(-1);
  const word = previous?.text.toLowerCase();
  if (word !== undefined && COMPARISONS.has(word)) {
    const field = before.at(-2);
    if (field?.isPath !== true) return { kind: 'none' };
    const prefix = typed === undefined ? '' : typed.text.replace(/^["'`]|["'`]$/g, '');
    return { kind: 'value', from, field: field.text, prefix };
  }
  if (typed?.isString) return { kind: 'none' };
  if (word === '|') return { kind: 'stage', from };
  if (word === undefined || CONNECTIVES.has(word)) return { kind: 'term', from };
  if (previous?.isPath === true && !isFlag(previous.text)) return { kind: 'operator', from, field: previous.text };
  return { kind: 'connective', from };
}

const flagNames = new Set(kflSchema.flags.flatMap(({ id, aliases = [] }) => [id, ...aliases]));
const isFlag = (name: string): boolean => flagNames.has(name);

const fieldItems: readonly Completion[] = Object.entries(kflSchema.fields).map(([label, { doc }]) => ({
  label,
  kind: 'field',
  doc,
}));
const flagItems: readonly Completion[] = kflSchema.flags.map(({ id, doc }) => ({ label: id, kind: 'flag', doc }));
const functionItems: readonly Completion[] = functions.map((row) => ({
  label: row.name,
  kind: 'function',
  doc: row.doc,
}));
const stageItems: readonly Completion[] = Object.entries(stageDocs).map(([label, { doc }]) => ({
  label,
  kind: 'keyword',
  doc,
}));
const aggregateItems: readonly Completion[] = [...aggregates].map(([name, { doc }]) => ({
  label: `${name}()`,
  kind: 'function',
  doc,
}));
const connectives: readonly Completion[] = ['and', 'or', '|'].map((label) => ({ label, kind: 'keyword' }));

const ofText = ['==', '!=', 'contains', 'startsWith', 'endsWith', 'matches', 'like', 'in', 'exists'];
const ofNumber = ['==', '!=', '>', '>=', '<', '<=', 'in', 'exists'];

function operatorItems(field: string): readonly Completion[] {
  const type = kflSchema.fields[field]?.type;
  const isNumber = type === 'int' || type === 'float' || type === 'duration' || type === 'time';
  return [...(isNumber ? ofNumber : ofText).map((label): Completion => ({ label, kind: 'operator' })), ...connectives];
}

/** A value as it stands in a query. */
const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value);

/** Everything that fits at `offset`; what is typed already is for the editor to filter by. */
export async function completionsAt(text: string, offset: number, values: FieldValues): Promise<Completions> {
  const context = contextAt(text, offset);
  switch (context.kind) {
    case 'term':
      return {
        from: context.from,
        items: [...flagItems, ...fieldItems, { label: 'not', kind: 'keyword' }, ...functionItems, ...aggregateItems],
      };
    case 'operator':
      return { from: context.from, items: operatorItems(context.field) };
    case 'connective':
      return { from: context.from, items: connectives };
    case 'stage':
      return { from: context.from, items: stageItems };
    case 'value': {
      const live = await values(context.field, context.prefix);
      const known = kflSchema.fields[context.field]?.values ?? [];
      const all = [...new Set([...live, ...known].map(literal))];
      return { from: context.from, items: all.map((label) => ({ label, kind: 'value' })) };
    }
    case 'none':
      return { from: offset, items: [] };
  }
}

/** What the word at `offset` means; undefined for one that needs no explaining. */
export function hoverAt(
  text: string,
  offset: number,
): { readonly start: number; readonly end: number; readonly doc: string } | undefined {
  for (const match of text.matchAll(TOKEN)) {
    const end = match.index + match[0].length;
    if (match.index > offset || end < offset || match.groups?.['path'] === undefined) continue;
    const name = match[0].replace(/\[.*$/, '');
    const field = kflSchema.fields[match[0]] ?? kflSchema.fields[name];
    const flag = kflSchema.flags.find(({ id, aliases = [] }) => id === name || aliases.includes(name));
    const doc = field?.doc ?? flag?.doc ?? functions.find((row) => row.name === name)?.doc;
    if (doc === undefined) return undefined;
    const example = field?.example === undefined ? '' : `\n\n\`${field.example}\``;
    const unit = field?.unit === undefined ? '' : ` (${field.unit})`;
    return { start: match.index, end, doc: `**${name}** ${field?.type ?? ''}${unit}\n\n${doc}${example}` };
  }
  return undefined;
}
