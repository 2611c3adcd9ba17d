import type { EntryRow } from '@kubeshark/model';
import { beforeEach, expect, test } from 'vitest';
import { type ColumnChoice, sizeColumns } from './columns.ts';
import { RowLayer, type RowMarks, type RowsInView } from './row-layer.ts';

const call = (id: number, more: Partial<EntryRow> = {}): EntryRow => ({
  id: String(id),
  timestamp: id * 1000,
  node: 'n',
  protocol: 'http',
  protocols: ['http'],
  method: 'GET',
  endpoint: 'GET /',
  summary: `GET /${id}`,
  status: 200,
  error: false,
  latency: 9,
  src: { ip: '10.0.0.1', port: 1, name: 'web', namespace: 'shop' },
  dst: { ip: 'fd00::2', port: 80 },
  requestSize: 1,
  responseSize: null,
  ...more,
});

const unmarked: RowMarks = { active: false, open: false, selected: false, highlight: false, mark: false };
const widths = (...ids: ColumnChoice['id'][]) => ids.map((id) => ({ id, width: 100 }));
const both = sizeColumns(widths('summary', 'dst'), 300);
const scene: RowsInView['scene'] = { now: 0, protocolOf: () => undefined };

let canvas: HTMLElement;
let layer: RowLayer;
beforeEach(() => {
  canvas = document.createElement('div');
  layer = new RowLayer(canvas);
});

/** Draws positions `first` up to `last` of a list whose row at a position says so. */
function draw(first: number, last: number, more: Partial<RowsInView> = {}) {
  const rows = { start: 0, end: 1000, at: (position: number) => call(position) };
  layer.draw({ rows, first, last, columns: both, scene, marksOf: () => unmarked, ...more });
}
const texts = () => [...canvas.children].map(({ firstElementChild }) => firstElementChild?.textContent);
const summaries = (first: number, last: number) =>
  Array.from({ length: last - first }, (_, index) => `GET /${first + index}`);

test.each([
  ['the same', 10, 20],
  ['a little further', 13, 23],
  ['a little back', 7, 17],
  ['far away', 500, 510],
  ['more', 5, 25],
  ['fewer', 12, 15],
  ['none', 10, 10],
])('rows stand in the order of the list after the view becomes %s', (_name, first, last) => {
  draw(10, 20);
  draw(first, last);
  expect(texts()).toEqual(summaries(first, last));
});

test('elements are used again, and those that stay in view stay where they are', () => {
  draw(0, 10);
  const before = [...canvas.children];
  draw(3, 13);
  expect([...canvas.children]).toEqual([...before.slice(3), ...before.slice(0, 3)]);
  draw(100, 110);
  expect(new Set(canvas.children)).toEqual(new Set(before));
});

test('a row tells its place, its marks and its values', () => {
  const marks = { ...unmarked, open: true, selected: true };
  draw(4, 5, {
    columns: sizeColumns(widths('src', 'protocol', 'latency', 'status'), 400),
    rows: { start: 0, end: 9, at: () => call(4, { error: true, status: null }) },
    marksOf: () => marks,
  });
  const [row] = canvas.children;
  expect(row?.outerHTML).toContain('aria-rowindex="6"');
  expect(row?.matches('[data-entry="4"][data-error][data-open][aria-selected="true"]:not([data-active])')).toBe(true);
  expect([...row!.children].map(({ textContent }) => textContent)).toEqual(['shop/web:1', 'HTTP', '9.00 ms', 'failed']);
  expect(row?.querySelector('[data-column="status"]')?.getAttribute('data-tone')).toBe('error');
});

test('another row in the same element leaves nothing of the one before', () => {
  const one = (row: EntryRow) => draw(0, 1, { rows: { start: 0, end: 1, at: () => row }, columns: all });
  const all = sizeColumns(widths('src', 'dst', 'latency', 'method', 'responseSize'), 500);
  one(call(1, { error: true, responseSize: 10 }));
  one(call(2, { src: { ip: '10.0.0.9', port: 2 }, latency: null }));
  const again = canvas.innerHTML;
  layer = new RowLayer(canvas);
  canvas.replaceChildren();
  one(call(2, { src: { ip: '10.0.0.9', port: 2 }, latency: null }));
  expect(again.replaceAll(/ style="[^"]*"/g, '')).toBe(canvas.innerHTML.replaceAll(/ style="[^"]*"/g, ''));
});

test('a cell is told in full to who points at it, and no longer when another row is there', () => {
  draw(0, 1);
  const cell = canvas.querySelector<HTMLElement>('[data-column="dst"]')!;
  layer.explain(cell.firstElementChild as HTMLElement);
  expect(cell.title).toBe('[fd00::2] (fd00::2:80)');
  draw(1, 2);
  expect(cell.title).toBe('');
});

test('texts are texts', () => {
  draw(0, 1, { rows: { start: 0, end: 1, at: () => call(0, { summary: '<img src=x onerror=alert(1)>' }) } });
  expect(canvas.querySelector('img')).toBeNull();
});

test('columns may come, go and grow', () => {
  draw(0, 1);
  draw(0, 1, { columns: sizeColumns(widths('summary'), 640) });
  const cells = canvas.querySelectorAll<HTMLElement>('[role="gridcell"]');
  expect([cells.length, cells[0]?.style.width]).toEqual([1, '640px']);
});
