/** A small table of numbers: sorts by any column, rows may open. For hundreds of rows; longer lists are virtualised elsewhere. */

import { UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { Fragment, type ReactNode, useState } from 'react';
import type { FieldValue } from '../lib/term.ts';
import classes from './number-table.module.css';
import { openValueMenu } from './value-menu.tsx';

export interface NumberColumn<T> {
  readonly id: string;
  readonly title: string;
  readonly value: (row: T) => number | string | null;
  /** How the value is shown; the value itself otherwise. */
  readonly cell?: (row: T) => ReactNode;
  /** Numbers stand right. */
  readonly isText?: boolean;
  /** Explains the column on hover. */
  readonly doc?: string;
}

interface TableSort {
  readonly id: string;
  readonly descending: boolean;
}

interface NumberTableProps<T> {
  readonly label: string;
  readonly columns: readonly NumberColumn<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (row: T) => string;
  /** Null keeps the order the rows came in. */
  readonly firstSort: TableSort | null;
  /** Content under an opened row. */
  readonly detail?: (row: T) => ReactNode;
  readonly onRow?: (row: T) => void;
  /** What a row stands for: the menu of these values opens on it. */
  readonly menuValues?: (row: T) => FieldValue | readonly FieldValue[];
  readonly currentKey?: string | undefined;
}

function compare(a: number | string | null, b: number | string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  return typeof a === 'number' && typeof b === 'number'
    ? a - b
    : String(a).localeCompare(String(b), 'en', { numeric: true });
}

export function NumberTable<T>(props: NumberTableProps<T>) {
  const { label, columns, rows, rowKey, detail, onRow, menuValues } = props;
  const [sort, setSort] = useState(props.firstSort);
  const [opened, setOpened] = useState<string | null>(null);
  const by = columns.find(({ id }) => id === sort?.id);
  const sorted =
    by === undefined ? rows : rows.toSorted((a, b) => (sort?.descending ? -1 : 1) * compare(by.value(a), by.value(b)));
  const span = columns.length + (detail === undefined ? 0 : 1);
  return (
    <table className={classes['table']} aria-label={label}>
      <thead>
        <tr>
          {detail !== undefined && (
            <th className={classes['twist']}>
              <span className={classes['hidden']}>Open</span>
            </th>
          )}
          {columns.map(({ id, title, isText, doc }) => {
            const isBy = sort?.id === id;
            return (
              <th
                key={id}
                data-text={isText || undefined}
                title={doc}
                aria-sort={isBy ? (sort.descending ? 'descending' : 'ascending') : 'none'}
              >
                <button
                  type="button"
                  className={classes['heading']}
                  onClick={() => setSort({ id, descending: isBy ? !sort.descending : isText !== true })}
                >
                  {isBy &&
                    (sort.descending ? <IconArrowDown size={11} aria-hidden /> : <IconArrowUp size={11} aria-hidden />)}
                  {title}
                </button>
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {sorted.map((row) => {
          const key = rowKey(row);
          const isOpen = opened === key;
          return (
            <Fragment key={key}>
              <tr
                data-current={props.currentKey === key || undefined}
                onContextMenu={
                  menuValues &&
                  ((event) => {
                    event.preventDefault();
                    openValueMenu(event, ...[menuValues(row)].flat());
                  })
                }
              >
                {detail !== undefined && (
                  <td className={classes['twist']}>
                    <UnstyledButton
                      aria-expanded={isOpen}
                      aria-label={`${isOpen ? 'Close' : 'Open'} ${key}`}
                      onClick={() => setOpened(isOpen ? null : key)}
                    >
                      {isOpen ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
                    </UnstyledButton>
                  </td>
                )}
                {columns.map(({ id, value, cell, isText }, index) => {
                  const shown = cell === undefined ? value(row) : cell(row);
                  return (
                    <td key={id} data-text={isText || undefined}>
                      {index === 0 && onRow !== undefined ? (
                        <button type="button" className={classes['link']} onClick={() => onRow(row)}>
                          {shown}
                        </button>
                      ) : (
                        shown
                      )}
                    </td>
                  );
                })}
              </tr>
              {isOpen && (
                <tr className={classes['detail']}>
                  <td colSpan={span}>{detail?.(row)}</td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}
