/** A table for people: columns as wide as their content, numbers to the right. */

import { printable, styled } from './stdout.ts';

export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Beyond this a cell is cut: one long value must not push the others off the screen. */
const MAX_CELL = 60;

const cut = (text: string): string => (text.length > MAX_CELL ? `${text.slice(0, MAX_CELL - 1)}…` : text);

/** The lines of the table, header first. */
export function tableLines(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => cut(printable(cell))));
  const widths = columns.map(({ title }, at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    columns
      .map(({ align }, at) => {
        const width = widths[at] ?? 0;
        return align === 'right' ? (row[at] ?? '').padStart(width) : (row[at] ?? '').padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [styled('bold', line(columns.map(({ title }) => title))), ...cells.map(line)];
}
