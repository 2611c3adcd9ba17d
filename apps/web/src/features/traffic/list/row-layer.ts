/**
 * The rows in view as elements of the document, without React: at thousands of calls a second every visible row is another
 * one in each frame, and reconciling a tree for that cost more than writing the texts. Elements are used again.
 */

import type { EntryRow } from '@kubeshark/model';
import { Cell } from './cell.ts';
import type { Scene, SizedColumn } from './columns.ts';
import classes from './entry-list.module.css';
import type { RowSource } from './sorted-rows.ts';
import { ROW_HEIGHT } from './use-window.ts';

/** What is told of a row beside its values; each is a `data-` attribute for the styles. */
export type RowMarks = Readonly<Record<'active' | 'open' | 'selected' | 'highlight' | 'mark', boolean>>;

export interface RowsInView {
  readonly rows: RowSource;
  /** Positions: `first` up to `last`, not included. */
  readonly first: number;
  readonly last: number;
  readonly columns: readonly SizedColumn[];
  readonly scene: Scene;
  readonly marksOf: (row: EntryRow) => RowMarks;
}

/** The DOM id of a row, for `aria-activedescendant`. */
export const rowDomId = (id: string): string => `entry-${id}`;

class RowElement {
  readonly element = document.createElement('div');
  #row: EntryRow | undefined;
  #columns: readonly SizedColumn[] = [];
  #scene: Scene | undefined;
  #cells: Cell[] = [];
  #index = -1;
  #marks: Partial<RowMarks> = {};
  /** The cell whose title tells of the row shown now. */
  #explained: Cell | undefined;

  constructor() {
    this.element.className = classes['row']!;
    this.element.setAttribute('role', 'row');
  }

  /** Shows `row` as the `index`-th of the list. */
  show(row: EntryRow, index: number, { columns, scene, marksOf }: RowsInView): void {
    const { element } = this;
    if (columns !== this.#columns) this.#arrange(columns);
    if (index !== this.#index) {
      this.#index = index;
      element.style.top = `${index * ROW_HEIGHT}px`;
      element.setAttribute('aria-rowindex', String(index + 2));
    }
    if (row !== this.#row || scene !== this.#scene) {
      this.#row = row;
      this.#scene = scene;
      this.#explained?.element.removeAttribute('title');
      this.#explained = undefined;
      element.id = rowDomId(row.id);
      element.dataset['entry'] = row.id;
      element.toggleAttribute('data-error', row.error);
      for (const [at, { column }] of columns.entries()) this.#cells[at]?.show(column.show(row, scene));
    }
    this.#mark(marksOf(row));
  }

  /** Tells in full what the cell at `target` has no room for. */
  explain(target: HTMLElement): void {
    const at = this.#cells.findIndex(({ element }) => element.contains(target));
    const cell = this.#cells[at];
    if (cell === undefined || this.#row === undefined || this.#scene === undefined) return;
    this.#explained?.element.removeAttribute('title');
    this.#explained = cell;
    cell.element.title = this.#columns[at]?.column.hint?.(this.#row, this.#scene) ?? '';
  }

  #arrange(columns: readonly SizedColumn[]): void {
    const before = this.#columns;
    const isSame = columns.length === before.length && columns.every(({ column }, at) => column === before[at]?.column);
    this.#columns = columns;
    if (!isSame) {
      this.#cells = columns.map(({ column }) => new Cell(column.id, column.align));
      this.element.replaceChildren(...this.#cells.map(({ element }) => element));
      this.#row = undefined;
    }
    for (const [at, cell] of this.#cells.entries()) cell.width = columns[at]?.width ?? 0;
  }

  #mark(marks: RowMarks): void {
    const before = this.#marks;
    this.#marks = marks;
    for (const name of ['active', 'open', 'highlight', 'mark'] as const) {
      if (marks[name] !== before[name]) this.element.toggleAttribute(`data-${name}`, marks[name]);
    }
    if (marks.selected !== before.selected) this.element.setAttribute('aria-selected', String(marks.selected));
  }
}

export class RowLayer {
  readonly canvas: HTMLElement;
  /** By position. */
  #shown = new Map<number, RowElement>();

  constructor(canvas: HTMLElement) {
    this.canvas = canvas;
  }

  draw(view: RowsInView): void {
    const { rows, first, last } = view;
    const before = this.#shown;
    const isInView = (position: number) => position >= first && position < last && rows.at(position) !== undefined;
    const free = [...before].flatMap(([position, row]) => (isInView(position) ? [] : [row]));
    const waiting = new Set<Element>(free.map(({ element }) => element));
    this.#shown = new Map();
    // In the document rows stand in the order of the list, for whoever reads it without looking; few have to move for that.
    let next = this.canvas.firstElementChild;
    for (let position = first; position < last; position += 1) {
      const row = rows.at(position);
      if (row === undefined) continue;
      const placed = before.get(position) ?? free.shift() ?? new RowElement();
      const { element } = placed;
      while (next !== null && next !== element && waiting.has(next)) next = next.nextElementSibling;
      if (next === element) next = next.nextElementSibling;
      else this.canvas.insertBefore(element, next);
      waiting.delete(element);
      this.#shown.set(position, placed);
      placed.show(row, position - rows.start, view);
    }
    for (const element of waiting) element.remove();
  }

  /** A person points at this part of a row. */
  explain(target: HTMLElement): void {
    const element = target.closest('[role="row"]');
    for (const row of this.#shown.values()) if (row.element === element) row.explain(target);
  }
}
