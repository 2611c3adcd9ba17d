/** One section: rows of label and value, each value in the viewer its descriptor asks for. */

import type { Body, Entry, Section, SectionRow } from '@kubeshark/model';
import { treeOf } from '../../../lib/body/from-value.ts';
import { headerMeaning } from '../../../lib/header-docs.ts';
import { valueAt } from '../../../lib/path.ts';
import { Value } from '../../../ui/value-menu.tsx';
import { BodyView } from '../../../ui/viewers/body-view.tsx';
import { CodeView } from '../../../ui/viewers/code-view.tsx';
import { type Pair, PairsTable } from '../../../ui/viewers/pairs-table.tsx';
import { TreeView } from '../../../ui/viewers/tree-view.tsx';
import classes from './inspector.module.css';

/** Longer text gets lines of its own. */
const INLINE_CHARS = 300;

export function SectionView({ section, entry }: { readonly section: Section; readonly entry: Entry }) {
  const only = section.rows.length === 1 ? section.rows[0] : undefined;
  const value = only === undefined ? undefined : valueAt(entry, only.path);
  const count =
    only?.viewer === 'table' && value !== null && typeof value === 'object' ? Object.keys(value).length : undefined;
  return (
    <section className={classes['section']} aria-label={section.title}>
      <h3 className={classes['sectionTitle']}>
        {section.title}
        {count !== undefined && <span className={classes['count']}>{count}</span>}
      </h3>
      <dl className={classes['rows']}>
        {section.rows.map((row) => (
          <Row key={row.path} row={row} value={valueAt(entry, row.path)} isOnly={row.label === section.title} />
        ))}
      </dl>
    </section>
  );
}

interface RowProps {
  readonly row: SectionRow;
  readonly value: unknown;
  /** The section's title already says the label. */
  readonly isOnly: boolean;
}

function Row({ row, value, isOnly }: RowProps) {
  const content = contentOf(row, value);
  if (content.isWide) {
    return (
      <>
        <dt className={isOnly ? classes['hidden'] : classes['wide']}>{row.label}</dt>
        <dd className={classes['wide']} style={{ fontFamily: 'inherit' }}>
          {content.node}
        </dd>
      </>
    );
  }
  return (
    <>
      <dt>{row.label}</dt>
      <dd>{content.node}</dd>
    </>
  );
}

function contentOf({ path, viewer = 'auto', label }: SectionRow, value: unknown) {
  const wide = (node: React.ReactNode) => ({ node, isWide: true });
  if (viewer === 'body' || isBody(value))
    return wide(<BodyView body={value as Body} field={path} name={label.toLowerCase()} />);
  const words = viewer === 'auto' ? wordsOf(value) : null;
  if (words !== null) return { node: words, isWide: false };
  if (value !== null && typeof value === 'object') {
    const pairs = viewer === 'table' || viewer === 'auto' ? pairsOf(value, path) : null;
    if (pairs !== null)
      return wide(<PairsTable pairs={pairs} label={label} field={Array.isArray(value) ? undefined : path} />);
    return wide(<TreeView root={treeOf(value)} label={label} field={path} />);
  }
  if (typeof value === 'string') {
    if (viewer === 'sql' || viewer === 'graphql') return wide(<CodeView text={value} language={viewer} wrap />);
    if (viewer === 'code' || viewer === 'messages') return wide(<CodeView text={value} language="text" wrap />);
    if (value.length > INLINE_CHARS || value.includes('\n'))
      return wide(<CodeView text={value} language="text" wrap />);
  }
  return { node: <Value field={path} value={value as string | number | boolean | null} />, isWide: false };
}

const isBody = (value: unknown): boolean =>
  value !== null &&
  typeof value === 'object' &&
  'size' in value &&
  ('text' in value || 'base64' in value || 'mime' in value);

/** A short list of single words in one line; null when its members need lines of their own to be told apart. */
function wordsOf(value: unknown): string | null {
  if (!Array.isArray(value) || value.some((one) => typeof one === 'object' || /[\s,]/.test(String(one)))) return null;
  const line = value.join(', ');
  return line.length > INLINE_CHARS ? null : line;
}

/** Name and value of a map of scalars; null when a value has structure of its own. */
function pairsOf(value: object, path: string): readonly Pair[] | null {
  const pairs: Pair[] = [];
  for (const [name, member] of Object.entries(value)) {
    const values = Array.isArray(member) ? member : [member];
    if (values.some((one) => one !== null && typeof one === 'object')) return null;
    pairs.push({
      name,
      values: values.map(String),
      meaning: path.endsWith('headers') ? headerMeaning(name) : undefined,
    });
  }
  return pairs;
}
