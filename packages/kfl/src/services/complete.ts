/** What can stand at the cursor: fields, operators that fit the type, values of the field, functions, stages. */

import type { Span } from '../syntax/ast.ts';
import { operators } from '../syntax/operators.ts';
import { stageDocs } from '../syntax/stages.ts';
import { aggregates } from '../types/aggregates.ts';
import type { Fields, FoundField } from '../types/fields.ts';
import { fieldsOf } from '../types/fields.ts';
import { functions } from '../types/functions.ts';
import type { FieldSpec, Schema } from '../types/schema.ts';
import { type Place, placeAt } from './place.ts';

export type CompletionKind =
  | 'field'
  | 'protocol'
  | 'operator'
  | 'value'
  | 'function'
  | 'keyword'
  | 'stage'
  | 'aggregate';

export interface CompletionItem {
  readonly label: string;
  readonly kind: CompletionKind;
  /** What replaces the span. */
  readonly insert: string;
  /** Type, signature or unit. */
  readonly detail?: string;
  readonly doc?: string;
}

export interface Completions extends Span {
  /** Best first. */
  readonly items: readonly CompletionItem[];
}

export interface CompleteOptions {
  readonly schema: Schema;
  /** Frequent values of a field, most frequent first; rejecting or giving none is no harm. */
  readonly values?: (field: string, prefix: string) => Promise<readonly string[]>;
}

/** Most items given: more than that is read by nobody. */
const MAX_ITEMS = 500;

export async function complete(text: string, offset: number, options: CompleteOptions): Promise<Completions> {
  const fields = fieldsOf(options.schema);
  const place = placeAt(text, offset, fields);
  const items = await itemsAt(place, fields, options);
  return { start: place.start, end: place.end, items: matching(items, place.prefix).slice(0, MAX_ITEMS) };
}

/** Names that begin with what was typed, then those that contain it. */
function matching(items: readonly CompletionItem[], prefix: string): readonly CompletionItem[] {
  const typed = prefix.toLowerCase();
  const rank = ({ label }: CompletionItem) => {
    const at = label.toLowerCase().indexOf(typed);
    return at === 0 ? 0 : at > 0 ? 1 : 2;
  };
  return items.filter((item) => rank(item) < 2).toSorted((a, b) => rank(a) - rank(b));
}

async function itemsAt(place: Place, fields: Fields, options: CompleteOptions): Promise<readonly CompletionItem[]> {
  switch (place.kind) {
    case 'nothing':
      return [];
    case 'operand': {
      const words = place.path === '' ? operandWords(fields, place.isCondition) : { first: [], last: [] };
      return [...words.first, ...fieldItems(fields, place.protocols), ...words.last];
    }
    case 'operator':
      return operatorItems(place.field, place.stage);
    case 'value':
      return valueItems(place, options);
    case 'key':
      return (place.field?.spec.values ?? []).map((value) => ({
        label: value,
        kind: 'value',
        insert: place.isQuoted ? value : JSON.stringify(value),
      }));
    case 'stage':
      return Object.entries(stageDocs).map(([label, { usage, doc }]) => ({
        label,
        kind: 'stage',
        insert: label,
        detail: usage,
        doc,
      }));
    case 'aggregate':
      return [...aggregates].map(([name, { signature, doc, arity }]) => ({
        label: name,
        kind: 'aggregate',
        insert: arity === 0 ? `${name}()` : `${name}(`,
        detail: signature,
        doc,
      }));
    case 'column':
      return place.columns.map((name) => ({ label: name, kind: 'field', insert: name, detail: 'column' }));
  }
}

/** Fields every entry has and those of the protocols the query is already about; all when it is about none. */
function fieldItems(fields: Fields, protocols: ReadonlySet<string>): readonly CompletionItem[] {
  const fits = (spec: FieldSpec) =>
    protocols.size === 0 || spec.protocols === undefined || spec.protocols.some((id) => protocols.has(id));
  const isOwn = (spec: FieldSpec) => spec.protocols?.some((id) => protocols.has(id)) === true;
  const fitting = Object.entries(fields.schema.fields)
    .filter(([, spec]) => fits(spec))
    .toSorted(([, a], [, b]) => Number(isOwn(b)) - Number(isOwn(a)));
  return shortBeforeLong(fitting).map(([name, spec]) => fieldItem(name, spec));
}

/** A name goes before those it begins: who types `response.sta` mostly wants `status`, seldom HTTP's own `statusText`. */
function shortBeforeLong(entries: readonly (readonly [name: string, spec: FieldSpec])[]) {
  return entries
    .map((entry) => ({ entry, place: entries.findIndex(([other]) => other.startsWith(entry[0])) }))
    .toSorted((a, b) => a.place - b.place || a.entry[0].length - b.entry[0].length)
    .map(({ entry }) => entry);
}
const fieldItem = (name: string, { type, unit, doc }: FieldSpec): CompletionItem => ({
  label: name,
  kind: 'field',
  insert: name,
  detail: unit === undefined ? type : `${type}, ${unit}`,
  doc,
});

interface Words {
  readonly first: readonly CompletionItem[];
  readonly last: readonly CompletionItem[];
}

function operandWords(fields: Fields, isCondition: boolean): Words {
  const flags = fields.schema.flags.map(
    ({ id, doc }): CompletionItem => ({ label: id, kind: 'protocol', insert: id, doc }),
  );
  const calls = functions.map(
    ({ name, signature, doc, arity }): CompletionItem => ({
      label: name,
      kind: 'function',
      insert: arity[1] === 0 ? `${name}()` : `${name}(`,
      detail: signature,
      doc,
    }),
  );
  const not: CompletionItem = { label: 'not', kind: 'keyword', insert: 'not ' };
  return { first: isCondition ? [...flags, not] : [], last: calls };
}

const equality = ['==', '!=', 'in'];
const ordering = ['>', '>=', '<', '<='];
const texts = ['contains', 'startsWith', 'endsWith', 'matches', 'like'];

/** Operators by the type of what stands before the cursor; after a whole condition only what joins conditions. */
function operatorItems(field: FoundField | undefined, stage: string | undefined): readonly CompletionItem[] {
  const fitting = field === undefined ? [] : operatorsFor(field.spec);
  const items = fitting.map(
    (name): CompletionItem => ({
      label: name,
      kind: 'operator',
      insert: name === 'exists' ? name : `${name} `,
      doc:
        name === 'exists'
          ? 'The field is there, even when it is empty or false.'
          : (operators.get(name.toLowerCase())?.doc ?? ''),
    }),
  );
  const joining = stage === undefined || stage === 'where' ? ['and', 'or', '|'] : ['by', '|'];
  return [...items, ...joining.map((word): CompletionItem => ({ label: word, kind: 'keyword', insert: `${word} ` }))];
}

function operatorsFor({ type }: FieldSpec): readonly string[] {
  switch (type) {
    case 'bool':
      return ['==', '!=', 'exists'];
    case 'int':
    case 'float':
    case 'time':
    case 'duration':
      return [...ordering, ...equality, 'exists'];
    case 'ip':
      return ['in', '==', '!=', 'startsWith', 'exists'];
    case 'strings':
      return ['==', 'contains', '!=', 'in', 'like', 'matches', 'exists'];
    case 'map':
      return ['contains', 'exists'];
    case 'body':
      return ['contains', 'matches', 'exists', '==', 'like'];
    case 'string':
    case 'bytes':
      return [...equality, ...texts, 'exists'];
    case 'json':
      return [...equality, ...ordering, ...texts, 'exists'];
  }
}

async function valueItems(
  place: Extract<Place, { kind: 'value' }>,
  { values }: CompleteOptions,
): Promise<readonly CompletionItem[]> {
  const { field, isQuoted } = place;
  if (field === undefined) return [];
  const { spec } = field;
  const asked = values === undefined ? [] : await values(field.name, place.prefix).catch(() => []);
  const offered = [...new Set([...asked, ...(spec.values ?? [])])];
  const isNumber = spec.type === 'int' || spec.type === 'float' || spec.type === 'duration';
  const items = offered.map(
    (value): CompletionItem => ({
      label: value,
      kind: 'value',
      insert: insertOf(value, isQuoted, isNumber || spec.type === 'json'),
    }),
  );
  return isQuoted ? items : [...items, ...constantItems(spec)];
}

/** Quoted unless the field holds numbers and this is one. */
function insertOf(value: string, isQuoted: boolean, mayBeNumber: boolean): string {
  if (isQuoted) return JSON.stringify(value).slice(1, -1);
  return mayBeNumber && /^-?\d+(?:\.\d+)?$/.test(value) ? value : JSON.stringify(value);
}

function constantItems({ type }: FieldSpec): readonly CompletionItem[] {
  const word = (label: string, doc: string): CompletionItem => ({ label, kind: 'keyword', insert: label, doc });
  if (type === 'bool') return [word('true', ''), word('false', '')];
  if (type === 'time') return [word('now() - 5m', 'Five minutes ago.'), word('now() - 1h', 'An hour ago.')];
  return [word('null', 'Missing.')];
}
