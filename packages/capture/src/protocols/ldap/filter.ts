/** Search filters as people write them: RFC 4511 §4.5.1.7 in the string form of RFC 4515. */

import { beginOf } from '../../decode/printable.ts';
import { type Element, Elements } from './ber.ts';

/** Deeper filters are cut: nobody writes them. */
export const MAX_DEPTH = 32;
/** Characters of the text; longer ones end in `…`. */
export const MAX_FILTER_CHARACTERS = 2048;

const AND = 0xa0;
const OR = 0xa1;
const NOT = 0xa2;
const EQUALITY = 0xa3;
const SUBSTRINGS = 0xa4;
const GREATER_OR_EQUAL = 0xa5;
const LESS_OR_EQUAL = 0xa6;
const PRESENT = 0x87;
const APPROX = 0xa8;
const EXTENSIBLE = 0xa9;

const comparisons: ReadonlyMap<number, string> = new Map([
  [EQUALITY, '='],
  [GREATER_OR_EQUAL, '>='],
  [LESS_OR_EQUAL, '<='],
  [APPROX, '~='],
]);

/** Writes a value as it stands in a filter, or what stands for all values. */
type WriteValue = (bytes: Uint8Array, attribute: string) => string;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const hex = (byte: number): string => `\\${byte.toString(16).padStart(2, '0')}`;

/** RFC 4515 §3: NUL, parentheses, asterisk and backslash are escaped, and so is what is no UTF-8. */
const written: WriteValue = (value) => {
  const bytes = beginOf(value, MAX_FILTER_CHARACTERS);
  try {
    return utf8.decode(bytes).replaceAll(/[\0()*\\]/g, (one) => hex(one.charCodeAt(0)));
  } catch {
    return Array.from(bytes, (byte) => (byte >= 0x21 && byte < 0x7f ? String.fromCharCode(byte) : hex(byte)))
      .join('')
      .replaceAll(/[()*]/g, (one) => hex(one.charCodeAt(0)));
  }
};

/** Classes of objects say what is looked for; all other values say which one. */
const folded: WriteValue = (bytes, attribute) =>
  attribute.toLowerCase() === 'objectclass' ? written(bytes, attribute) : '{}';

/** The filter as text: `(&(objectClass=person)(uid=alice))`. */
export const filterText = (bytes: Uint8Array, element: Element): string => limited(textOf(bytes, element, written, 0));

/** The filter with its values folded, so that searches of one kind group: `(&(objectClass=person)(uid={}))`. */
export const filterShape = (bytes: Uint8Array, element: Element): string => limited(textOf(bytes, element, folded, 0));

const limited = (text: string): string =>
  text.length > MAX_FILTER_CHARACTERS ? `${text.slice(0, MAX_FILTER_CHARACTERS)}…` : text;

function textOf(bytes: Uint8Array, element: Element, write: WriteValue, depth: number): string {
  if (depth >= MAX_DEPTH) return '(…)';
  const inside = new Elements(bytes, element.start, element.end);
  switch (element.tag) {
    case AND:
    case OR: {
      let parts = '';
      for (let part = inside.next(); part !== undefined; part = inside.next()) {
        parts += textOf(bytes, part, write, depth + 1);
        if (parts.length > MAX_FILTER_CHARACTERS) break;
      }
      return `(${element.tag === AND ? '&' : '|'}${parts})`;
    }
    case NOT: {
      const part = inside.next();
      return `(!${part === undefined ? '' : textOf(bytes, part, write, depth + 1)})`;
    }
    case PRESENT:
      return `(${written(bytes.subarray(element.start, element.end), '')}=*)`;
    case SUBSTRINGS:
      return substrings(inside, write);
    case EXTENSIBLE:
      return extensible(inside, write);
    default: {
      const sign = comparisons.get(element.tag);
      if (sign === undefined) return `(?=${element.tag})`;
      const [attribute, value] = [inside.next(), inside.next()];
      const name = attribute === undefined ? '' : written(inside.content(attribute), '');
      return `(${name}${sign}${value === undefined ? '' : write(inside.content(value), name)})`;
    }
  }
}

const INITIAL = 0x80;
const FINAL = 0x82;

function substrings(inside: Elements, write: WriteValue): string {
  const [attribute, list] = [inside.next(), inside.next()];
  const name = attribute === undefined ? '' : written(inside.content(attribute), '');
  const parts = list === undefined ? undefined : inside.inside(list);
  let text = '';
  let isOpen = true;
  for (let part = parts?.next(); parts !== undefined && part !== undefined; part = parts.next()) {
    text += `${part.tag === INITIAL ? '' : '*'}${write(parts.content(part), name)}`;
    isOpen = part.tag !== FINAL;
    if (text.length > MAX_FILTER_CHARACTERS) break;
  }
  return `(${name}=${text}${isOpen ? '*' : ''})`;
}

const RULE = 0x81;
const TYPE = 0x82;
const VALUE = 0x83;
const DN_ATTRIBUTES = 0x84;

function extensible(inside: Elements, write: WriteValue): string {
  let [type, rule, value, ofDn] = ['', '', '', ''];
  for (let part = inside.next(); part !== undefined; part = inside.next()) {
    const content = inside.content(part);
    if (part.tag === TYPE) type = written(content, '');
    if (part.tag === RULE) rule = `:${written(content, '')}`;
    if (part.tag === VALUE) value = write(content, type);
    if (part.tag === DN_ATTRIBUTES && (content[0] ?? 0) !== 0) ofDn = ':dn';
  }
  return `(${type}${ofDn}${rule}:=${value})`;
}
