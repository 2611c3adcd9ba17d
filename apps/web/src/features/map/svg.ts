/** The map as an SVG document: the same places, drawn without a browser's canvas. */

import type { DrawnEdge, DrawnNode } from './elements.ts';
import type { Place } from './layout.ts';

const HEIGHT = 34;
const MARGIN = 40;

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[character]!);

export function toSvg(
  nodes: readonly DrawnNode[],
  edges: readonly DrawnEdge[],
  places: Readonly<Record<string, Place>>,
): string {
  const placed = nodes.filter(({ id, isBox }) => !isBox && places[id] !== undefined);
  const xs = placed.flatMap(({ id, width }) => [places[id]!.x - width / 2, places[id]!.x + width / 2]);
  const ys = placed.map(({ id }) => places[id]!.y);
  const [left, top] = [Math.min(0, ...xs) - MARGIN, Math.min(0, ...ys) - MARGIN];
  const [width, height] = [Math.max(0, ...xs) - left + MARGIN, Math.max(0, ...ys) - top + MARGIN];
  const color = (errorRate: number) => (errorRate > 0.05 ? '#c22f2b' : errorRate > 0.01 ? '#8f5c00' : '#637083');
  const lines = edges.flatMap(({ from, to, width: stroke, errorRate, label }) => {
    const [a, b] = [places[from], places[to]];
    if (a === undefined || b === undefined) return [];
    const middle = `x="${(a.x + b.x) / 2}" y="${(a.y + b.y) / 2 - 3}"`;
    return [
      `<line x1="${a.x}" y1="${a.y}" x2="${b.x}" y2="${b.y}" stroke="${color(errorRate)}" stroke-width="${stroke.toFixed(1)}" stroke-opacity="0.6"/>`,
      label === '' ? '' : `<text ${middle} font-size="10" text-anchor="middle" fill="#17202c">${escaped(label)}</text>`,
    ];
  });
  const boxes = placed.map(({ id, label, width: boxWidth, errorRate }) => {
    const { x, y } = places[id]!;
    return `<rect x="${x - boxWidth / 2}" y="${y - HEIGHT / 2}" width="${boxWidth}" height="${HEIGHT}" rx="6" fill="#fff" stroke="${color(errorRate)}"/><text x="${x}" y="${y + 4}" font-size="12" text-anchor="middle" fill="#17202c">${escaped(label)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${left} ${top} ${width} ${height}" font-family="Inter, sans-serif">\n${[...lines, ...boxes].join('\n')}\n</svg>\n`;
}
