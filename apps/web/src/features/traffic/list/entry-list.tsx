/** The list: an ARIA grid of rows of one height, of which only those in view are drawn. */

import type { EntryRow } from '@kubeshark/model';
import { IconArrowDown } from '@tabler/icons-react';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { formatCount } from '../../../lib/format.ts';
import { useCatalogue } from '../../../ui/catalogue.ts';
import { openValueMenu } from '../../../ui/value-menu.tsx';
import { type ColumnChoice, columns, fitColumns, sizeColumns } from './columns.ts';
import classes from './entry-list.module.css';
import { ListHeader } from './list-header.tsx';
import { RowLayer, rowDomId } from './row-layer.ts';
import type { RowSource, Sort } from './sorted-rows.ts';
import { useNow } from './use-now.ts';
import { ROW_HEIGHT, useWindow } from './use-window.ts';

export interface EntryListProps {
  readonly rows: RowSource;
  readonly chosen: readonly ColumnChoice[];
  readonly onChoose: (columns: readonly ColumnChoice[]) => void;
  readonly sort: Sort | null;
  readonly onSort: (sort: Sort | null) => void;
  readonly openId: string | null;
  readonly onOpen: (id: string | null) => void;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: ReadonlySet<string>) => void;
  readonly isHighlighted: (row: EntryRow) => boolean;
  readonly isMarked: (id: string) => boolean;
  readonly onMark: (row: EntryRow) => void;
  readonly onNeedOlder: () => void;
  /** Rows grow at the end by themselves. */
  readonly follows: boolean;
  /** Stands in for the rows when there are none. */
  readonly empty: ReactNode;
  readonly isLoadingOlder: boolean;
}

/** Id of the call whose row an event is about. */
const entryAt = ({ target }: { readonly target: EventTarget }): string | undefined =>
  (target as HTMLElement).closest<HTMLElement>('[data-entry]')?.dataset['entry'];

export function EntryList(props: EntryListProps) {
  const { rows, chosen, openId, onOpen, selected, onSelect, follows } = props;
  const grid = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLDivElement>(null);
  const layer = useRef<RowLayer | null>(null);
  const [width, setWidth] = useState(900);
  const [active, setActive] = useState<string | null>(openId);
  const { start, end } = rows;
  const window = useWindow({ scroller, start, end, follows });
  const { unseen } = window;
  const now = useNow(chosen.some(({ id }) => id === 'age'));

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      setWidth(element.clientWidth);
      grid.current?.style.setProperty('--scrollbar', `${element.offsetWidth - element.clientWidth}px`);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const { onNeedOlder } = props;
  const needsOlder = window.atStart && end > start;
  useLayoutEffect(() => {
    if (needsOlder) onNeedOlder();
  }, [needsOlder, onNeedOlder]);

  const shown = useMemo(() => fitColumns(chosen, width), [chosen, width]);
  const sized = useMemo(() => sizeColumns(shown, width), [shown, width]);
  const template = useMemo(() => sized.map((column) => `${column.width}px`).join(' '), [sized]);
  const protocolOf = useCatalogue();
  const scene = useMemo(() => ({ now, protocolOf }), [now, protocolOf]);

  useLayoutEffect(() => {
    if (canvas.current === null) return;
    if (layer.current?.canvas !== canvas.current) layer.current = new RowLayer(canvas.current);
    layer.current.draw({
      rows,
      first: window.first,
      last: window.last,
      columns: sized,
      scene,
      marksOf: (row) => ({
        active: row.id === active,
        open: row.id === openId,
        selected: selected.has(row.id),
        highlight: props.isHighlighted(row),
        mark: props.isMarked(row.id),
      }),
    });
  });
  const { settle } = window;
  useLayoutEffect(settle, [settle]);

  /** Null when it is not here; positions themselves go below zero. Searched from the newest: that is where people look. */
  const positionOf = (id: string | null): number | null => {
    for (let position = end - 1; id !== null && position >= start; position -= 1) {
      if (rows.at(position)?.id === id) return position;
    }
    return null;
  };

  const moveTo = (position: number, extend: boolean) => {
    const row = rows.at(Math.min(end - 1, Math.max(start, position)));
    if (row === undefined) return;
    if (extend) onSelect(new Set([...selected, ...(active === null ? [] : [active]), row.id]));
    setActive(row.id);
    const at = positionOf(row.id);
    if (at !== null) window.reveal(at);
    if (openId !== null) onOpen(row.id);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    // Buttons of the header have keys of their own.
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = positionOf(active ?? openId);
    // Nothing is active yet: the first key goes to the newest row.
    const from = at ?? end;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1);
    const current = at === null ? undefined : rows.at(at);
    switch (event.key) {
      case 'j':
      case 'ArrowDown':
      case 'J':
        moveTo(from + 1, event.shiftKey);
        break;
      case 'k':
      case 'ArrowUp':
      case 'K':
        moveTo(from - 1, event.shiftKey);
        break;
      case 'PageDown':
        moveTo(from + page, event.shiftKey);
        break;
      case 'PageUp':
        moveTo(from - page, event.shiftKey);
        break;
      case 'Home':
        moveTo(start, false);
        break;
      case 'End':
      case 'G':
        moveTo(end - 1, false);
        window.scrollToEnd();
        break;
      case 'Enter':
        if (current !== undefined) onOpen(current.id);
        break;
      case 'Escape':
        if (selected.size > 0) onSelect(new Set());
        else onOpen(null);
        break;
      case ' ':
        if (current !== undefined) toggle(current.id);
        break;
      case 'm':
        if (current !== undefined) props.onMark(current);
        break;
      case 'f':
        if (current !== undefined) {
          const values = columns.flatMap(({ value }) => value?.(current) ?? []);
          const element = document.getElementById(rowDomId(current.id));
          const box = element?.getBoundingClientRect();
          openValueMenu(
            { clientX: (box?.left ?? 0) + 120, clientY: box?.bottom ?? 0, currentTarget: grid.current },
            ...values,
          );
        }
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };

  /** Rows move while they come: meant is the one that was there when the button went down. */
  const pressed = useRef<string | undefined>(undefined);
  const onClick = (event: MouseEvent) => {
    const here = entryAt(event);
    const id = here === undefined ? undefined : (pressed.current ?? here);
    pressed.current = undefined;
    if (id === undefined) return;
    if (event.ctrlKey || event.metaKey) toggle(id);
    else if (event.shiftKey) {
      const to = positionOf(id) ?? end - 1;
      const from = positionOf(active) ?? to;
      const next = new Set(selected);
      for (let position = Math.min(from, to); position <= Math.max(from, to); position += 1)
        next.add(rows.at(position)!.id);
      onSelect(next);
    } else onOpen(id);
    setActive(id);
    grid.current?.focus();
  };

  const onContextMenu = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const at = positionOf(entryAt(event) ?? null);
    const row = at === null ? undefined : rows.at(at);
    const column = columns.find(({ id }) => id === target.closest<HTMLElement>('[data-column]')?.dataset['column']);
    const value = row === undefined ? undefined : column?.value?.(row);
    if (value === undefined || value === null) return;
    event.preventDefault();
    openValueMenu({ clientX: event.clientX, clientY: event.clientY, currentTarget: grid.current }, value);
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table element cannot be virtualised with rows placed by transform.
    <div
      ref={grid}
      className={classes['frame']}
      role="grid"
      aria-label="Calls"
      aria-rowcount={end - start + 1}
      aria-multiselectable
      aria-activedescendant={active === null ? undefined : rowDomId(active)}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <ListHeader
        shown={shown}
        chosen={chosen}
        onChoose={props.onChoose}
        template={template}
        sort={props.sort}
        onSort={props.onSort}
      />
      {/* biome-ignore lint/a11y/useSemanticElements: see the grid. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys. */}
      <div
        ref={scroller}
        className={classes['scroller']}
        role="rowgroup"
        onScroll={window.onScroll}
        onPointerDown={(event) => {
          pressed.current = entryAt(event);
        }}
        onClick={onClick}
        onPointerOver={(event) => layer.current?.explain(event.target as HTMLElement)}
        onContextMenu={onContextMenu}
      >
        {end === start ? (
          props.empty
        ) : (
          <div
            ref={canvas}
            className={classes['canvas']}
            role="presentation"
            style={{ height: (end - start) * ROW_HEIGHT }}
          />
        )}
      </div>
      {props.isLoadingOlder && <div className={classes['top']}>Reading older calls …</div>}
      {follows && !window.atEnd && (
        <button type="button" className={classes['pill']} onClick={window.scrollToEnd}>
          <IconArrowDown size={14} aria-hidden />
          {unseen > 0 ? `${formatCount(unseen)} new` : 'To the newest'}
        </button>
      )}
    </div>
  );
}
