/**
 * Puts bound values into a statement's text for the embedded engine, which has no bind protocol that is safe to use at
 * once from several sessions. It accepts several statements in one text, so this escaping has to be exact: a string is
 * always one quoted literal, everything else is checked against its type's own grammar. A server binds them itself.
 */

import type { Parameter, Statement } from './driver.ts';

const placeholder = /\{(\w+):([A-Za-z0-9()]+)\}/g;
const integer = /^-?\d{1,20}$/;
const numericType = /^(U?Int(8|16|32|64)|Float(32|64))$/;

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** A ClickHouse string literal. Lone surrogates become U+FFFD, as in every UTF-8 text. */
export function quote(text: string): string {
  return `'${text.toWellFormed().replace(/[\\'\0\b\f\n\r\t]/g, (char) => escapes[char] ?? char)}'`;
}

function scalar(value: string | number | boolean, type: string): string {
  if (type === 'String') return quote(String(value));
  if (type === 'Bool') return value === true || value === 'true' ? 'true' : 'false';
  if (!numericType.test(type)) throw new TypeError(`no literal for type ${type}`);
  const text = String(value);
  const isNumber = type.startsWith('Float') ? Number.isFinite(Number(value)) && text.trim() !== '' : integer.test(text);
  if (!isNumber) throw new TypeError(`${JSON.stringify(value)} is not ${type}`);
  return `CAST(${quote(text)},'${type}')`;
}

function literal(value: Parameter, type: string): string {
  const item = /^Array\((\w+)\)$/.exec(type)?.[1];
  if (item === undefined) {
    if (typeof value === 'object') throw new TypeError(`a list is not ${type}`);
    return scalar(value, type);
  }
  if (typeof value !== 'object') throw new TypeError(`${String(value)} is not a list`);
  // One cast for the whole list: the server's own parser reads it as it would read a bound parameter.
  const items = value.map((one) => (item === 'String' ? quote(String(one)) : bare(one, item)));
  return `CAST([${items.join(',')}],'${type}')`;
}

/** A number without its own cast, inside a list that is cast as a whole. */
function bare(value: string | number, type: string): string {
  scalar(value, type);
  return String(value);
}

/** The statement's text with every placeholder replaced. Throws TypeError for a missing or ill-typed value: a bug of ours. */
export function inlineParameters({ sql, parameters = {} }: Statement): string {
  return sql.replace(placeholder, (_, name: string, type: string) => {
    if (!Object.hasOwn(parameters, name)) throw new TypeError(`parameter ${name} is not bound`);
    return literal(parameters[name] as Parameter, type);
  });
}
