/**
 * XML as a tree of plain values: an element is its text, or a map of its children and `@attributes` with its own text
 * under `#text`; repeated children are a list. Reads in one pass, knows no external entities, and gives null for what is
 * not XML.
 */

import { MAX_DOCUMENT_DEPTH } from '../limits.ts';

type Element = Map<string, unknown>;

const NAME = /[\p{L}_:][\p{L}\p{N}_.:-]*/uy;
const ATTRIBUTE = /\s+([\p{L}_:][\p{L}\p{N}_.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/uy;

export function parseXml(text: string): unknown {
  const root: Element = new Map();
  const stack: { readonly name: string; readonly element: Element }[] = [{ name: '', element: root }];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  while (at < text.length) {
    const top = stack.at(-1);
    if (top === undefined) return null;
    const open = text.indexOf('<', at);
    const run = text.slice(at, open === -1 ? text.length : open);
    if (stack.length === 1 && run.trim() !== '') return null;
    if (stack.length > 1) addText(top.element, unescapeXml(run));
    if (open === -1) break;
    const skipped = skipMarkup(text, open, top.element);
    if (skipped !== undefined) {
      if (skipped === -1) return null;
      at = skipped;
      continue;
    }
    if (text[open + 1] === '/') {
      const close = text.indexOf('>', open);
      if (close === -1 || stack.length < 2 || text.slice(open + 2, close).trim() !== top.name) return null;
      stack.pop();
      add(stack.at(-1)?.element, top.name, finished(top.element));
      at = close + 1;
      continue;
    }
    const opened = readTag(text, open + 1);
    if (opened === undefined || stack.length > MAX_DOCUMENT_DEPTH) return null;
    if (opened.isEmpty) add(top.element, opened.name, finished(opened.element));
    else stack.push(opened);
    at = opened.end;
  }
  return stack.length === 1 && root.size === 1 ? Object.fromEntries(root) : null;
}

/** Comments, instructions, CDATA and the document type: where they end, -1 when they do not, undefined for a tag. */
function skipMarkup(text: string, open: number, element: Element): number | undefined {
  const until = (from: number, mark: string) => {
    const found = text.indexOf(mark, from);
    return found === -1 ? -1 : found + mark.length;
  };
  if (text.startsWith('<!--', open)) return until(open + 4, '-->');
  if (text.startsWith('<?', open)) return until(open + 2, '?>');
  if (text.startsWith('<![CDATA[', open)) {
    const end = until(open + 9, ']]>');
    if (end !== -1) addText(element, text.slice(open + 9, end - 3));
    return end;
  }
  return text.startsWith('<!', open) ? until(open, '>') : undefined;
}

function readTag(text: string, from: number) {
  NAME.lastIndex = from;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return undefined;
  const element: Element = new Map();
  let at = from + name.length;
  for (;;) {
    ATTRIBUTE.lastIndex = at;
    const attribute = ATTRIBUTE.exec(text);
    if (attribute === null) break;
    element.set(`@${attribute[1]}`, unescapeXml(attribute[2] ?? attribute[3] ?? ''));
    at += attribute[0].length;
  }
  while (/\s/.test(text[at] ?? '')) at++;
  const isEmpty = text[at] === '/';
  if (isEmpty) at++;
  return text[at] === '>' ? { name, element, isEmpty, end: at + 1 } : undefined;
}

function addText(element: Element, text: string): void {
  if (text.trim() === '') return;
  const before = element.get('#text');
  element.set('#text', (typeof before === 'string' ? before : '') + text.trim());
}

function add(parent: Element | undefined, name: string, value: unknown): void {
  if (parent === undefined) return;
  if (!parent.has(name)) {
    parent.set(name, value);
    return;
  }
  const before = parent.get(name);
  if (Array.isArray(before)) before.push(value);
  else parent.set(name, [before, value]);
}

function finished(element: Element): unknown {
  if (element.size === 0) return '';
  const text = element.get('#text');
  return element.size === 1 && text !== undefined ? text : Object.fromEntries(element);
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(entities, name) ? (entities[name] ?? whole) : whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}
