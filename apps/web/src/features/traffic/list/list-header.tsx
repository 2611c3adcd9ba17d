/** Column titles: click sorts, drag or Shift and an arrow moves, the grip resizes. */

import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { type KeyboardEvent, memo, type PointerEvent, useState } from 'react';
import { type ColumnChoice, type ColumnId, columnOf, MIN_COLUMN_WIDTH } from './columns.ts';
import classes from './entry-list.module.css';
import type { Sort } from './sorted-rows.ts';

interface ListHeaderProps {
  /** The columns shown now: what fits of the chosen ones. */
  readonly shown: readonly ColumnChoice[];
  readonly chosen: readonly ColumnChoice[];
  readonly onChoose: (columns: readonly ColumnChoice[]) => void;
  readonly template: string;
  readonly sort: Sort | null;
  readonly onSort: (sort: Sort | null) => void;
}

/** Keyboard steps of the grip, in pixels. */
const STEP = 12;

/** Drawn again only when the columns or their order change, not with every batch of rows. */
export const ListHeader = memo(function ListHeader(props: ListHeaderProps) {
  const { shown, chosen, onChoose, template, sort, onSort } = props;
  const [dragged, setDragged] = useState<ColumnId | null>(null);
  const [drop, setDrop] = useState<ColumnId | null>(null);

  const resize = (id: ColumnId, width: number) =>
    onChoose(
      chosen.map((column) =>
        column.id === id ? { id, width: Math.max(MIN_COLUMN_WIDTH, Math.round(width)) } : column,
      ),
    );

  const startResize = (event: PointerEvent<HTMLElement>, { id, width }: ColumnChoice) => {
    const grip = event.currentTarget;
    const startX = event.clientX;
    grip.setPointerCapture(event.pointerId);
    const move = (moved: globalThis.PointerEvent) => resize(id, width + moved.clientX - startX);
    grip.addEventListener('pointermove', move);
    grip.addEventListener('lostpointercapture', () => grip.removeEventListener('pointermove', move), { once: true });
  };

  const moveBefore = (moved: ColumnId, target: ColumnId) => {
    const column = chosen.find(({ id }) => id === moved);
    if (column === undefined || moved === target) return;
    const rest = chosen.filter(({ id }) => id !== moved);
    const at = rest.findIndex(({ id }) => id === target);
    onChoose([...rest.slice(0, at), column, ...rest.slice(at)]);
  };

  const placeOf = (wanted: ColumnId) => chosen.findIndex(({ id }) => id === wanted);
  /** A title comes to stand where it is let go: behind those it was dragged over to the right, so that it can also be the last. */
  const moveTo = (moved: ColumnId, target: ColumnId) => {
    const next = placeOf(moved) < placeOf(target) ? chosen[placeOf(target) + 1]?.id : target;
    if (next !== undefined) moveBefore(moved, next);
    else onChoose([...chosen.filter(({ id }) => id !== moved), ...chosen.filter(({ id }) => id === moved)]);
  };

  const onTitleKey = (event: KeyboardEvent<HTMLElement>, id: ColumnId) => {
    if (!event.shiftKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return;
    event.preventDefault();
    const neighbour = shown[shown.findIndex((column) => column.id === id) + (event.key === 'ArrowLeft' ? -1 : 1)];
    if (neighbour === undefined) return;
    const button = event.currentTarget;
    moveTo(id, neighbour.id);
    // An element that changes its place in the document loses the focus.
    requestAnimationFrame(() => button.focus());
  };

  const nextSort = (id: ColumnId): Sort | null => {
    if (sort?.column !== id) return { column: id, descending: columnOf(id).align === 'right' };
    return sort.descending === (columnOf(id).align === 'right') ? { column: id, descending: !sort.descending } : null;
  };

  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the buttons inside take the focus; a header row is not a widget.
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot be virtualised with rows placed by transform.
    <div className={classes['header']} role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
      {shown.map((column) => {
        const { id, title, align, grows } = columnOf(column.id);
        const direction = sort?.column === id ? (sort.descending ? 'descending' : 'ascending') : 'none';
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: the button inside takes the focus.
          // biome-ignore lint/a11y/useSemanticElements: see the row.
          <div
            key={id}
            className={classes['heading']}
            role="columnheader"
            aria-sort={direction}
            data-align={align}
            data-drop={
              drop !== id || dragged === null ? undefined : placeOf(dragged) < placeOf(id) ? 'after' : 'before'
            }
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              setDrop(id);
            }}
            onDragLeave={() => setDrop(null)}
            onDrop={() => {
              setDrop(null);
              if (dragged !== null && dragged !== id) moveTo(dragged, id);
            }}
          >
            <button
              type="button"
              className={classes['headingButton']}
              draggable
              onDragStart={(event) => {
                // Some browsers drag nothing that has no data.
                event.dataTransfer.setData('text/plain', title);
                setDragged(id);
              }}
              onDragEnd={() => setDragged(null)}
              onKeyDown={(event) => onTitleKey(event, id)}
              aria-keyshortcuts="Shift+ArrowLeft Shift+ArrowRight"
              onClick={() => onSort(nextSort(id))}
              title={`${title}: click to sort; drag, or Shift and an arrow key, to move`}
            >
              {title}
              {direction === 'descending' && <IconArrowDown size={11} aria-hidden />}
              {direction === 'ascending' && <IconArrowUp size={11} aria-hidden />}
            </button>
            {grows !== true && (
              // biome-ignore lint/a11y/useSemanticElements: an hr cannot be dragged or focused.
              <span
                className={classes['grip']}
                role="separator"
                aria-orientation="vertical"
                aria-label={`Width of ${title}`}
                aria-valuenow={column.width}
                tabIndex={0}
                onPointerDown={(event) => startResize(event, column)}
                // The title that comes to stand under the pointer would be dragged, and end the resizing.
                onMouseDown={(event) => event.preventDefault()}
                onKeyDown={(event: KeyboardEvent) => {
                  if (event.key === 'ArrowLeft') resize(id, column.width - STEP);
                  else if (event.key === 'ArrowRight') resize(id, column.width + STEP);
                  else return;
                  event.preventDefault();
                  event.stopPropagation();
                }}
              />
            )}
          </div>
        );
      })}
    </div>
  );
});
