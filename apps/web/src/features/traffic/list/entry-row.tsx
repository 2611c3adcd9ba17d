/** One row. Drawn again only when something it shows has changed: at full rate forty of them are drawn every frame. */

import type { Micros, EntryRow as Row } from '@kubeshark/model';
import { memo } from 'react';
import { type ColumnChoice, columnOf } from './columns.tsx';
import classes from './entry-list.module.css';

interface EntryRowProps {
  readonly row: Row;
  readonly top: number;
  /** Place in the whole list, for screen readers. */
  readonly index: number;
  readonly template: string;
  readonly shown: readonly ColumnChoice[];
  readonly now: Micros;
  readonly isActive: boolean;
  readonly isOpen: boolean;
  readonly isSelected: boolean;
  readonly isHighlighted: boolean;
  readonly isMarked: boolean;
}

/** The DOM id of a row, for `aria-activedescendant`. */
export const rowDomId = (id: string): string => `entry-${id}`;

export const EntryRowView = memo(function EntryRowView(props: EntryRowProps) {
  const { row, template, shown, now } = props;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names its active row.
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot be virtualised.
    <div
      id={rowDomId(row.id)}
      className={classes['row']}
      role="row"
      aria-rowindex={props.index + 2}
      aria-selected={props.isSelected}
      data-entry={row.id}
      data-error={row.error || undefined}
      data-open={props.isOpen || undefined}
      data-active={props.isActive || undefined}
      data-highlight={props.isHighlighted || undefined}
      data-mark={props.isMarked || undefined}
      style={{ transform: `translateY(${props.top}px)`, gridTemplateColumns: template }}
    >
      {shown.map(({ id }) => {
        const { align, cell } = columnOf(id);
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: see the row.
          // biome-ignore lint/a11y/useSemanticElements: see the row.
          <div key={id} className={classes['cell']} role="gridcell" data-column={id} data-align={align}>
            {cell(row, now)}
          </div>
        );
      })}
    </div>
  );
});
