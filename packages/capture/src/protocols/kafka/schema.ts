/** The message table as something to look things up in; a message's fields are read when it is first met. */

import { errorCodes } from './error-codes.ts';
import { messageTable } from './messages.ts';

export interface Versions {
  readonly from: number;
  readonly to: number;
}

export interface FieldSchema {
  readonly name: string;
  /** A type of the protocol, `topic` or `group`, or `struct`. */
  readonly type: string;
  readonly isArray: boolean;
  readonly fields: readonly FieldSchema[];
  readonly versions: Versions;
  readonly nullable: Versions | undefined;
  readonly tag: number | undefined;
}

type MessageSide = 'request' | 'response' | 'data';

interface MessageSchema extends Versions {
  readonly text: string;
}

/** An API of the protocol. */
export interface Api extends Versions {
  readonly key: number;
  readonly name: string;
  /** First version with compact types and tagged fields; -1 for none. */
  readonly firstFlexible: number;
}

/** By key. */
const apis: (Api | undefined)[] = [];
const messages = new Map<string, MessageSchema[]>();

for (const line of messageTable.trim().split('\n')) {
  const [key = '', name = '', side = '', versions = '', firstFlexible = '', ...fields] = line.split(' ');
  const [from = 0, to = 0] = versions.split('-').map(Number);
  const api = Number(key);
  const place = `${api < 0 ? name : key} ${side}`;
  messages.set(place, [...(messages.get(place) ?? []), { from, to, text: fields.join(' ') }]);
  if (side !== 'request') continue;
  // The newest name of an API comes last.
  const first = Math.min(from, apis[api]?.from ?? from);
  apis[api] = { key: api, name, from: first, to, firstFlexible: Number(firstFlexible) };
}

export const apiOf = (key: number): Api | undefined => apis[key];

export const isFlexible = ({ firstFlexible }: Api, version: number): boolean =>
  firstFlexible >= 0 && version >= firstFlexible;

const errorsByCode = new Map(errorCodes.map(([code, name, text]) => [code, { name, text }] as const));

export const errorOf = (code: number): { readonly name: string; readonly text: string } =>
  errorsByCode.get(code) ?? { name: `ERROR_${code}`, text: 'an error code this version does not know' };

/** Fields of an API's message, or of embedded data by its name; undefined for a version nobody has described. */
export function fieldsOf(of: number | string, side: MessageSide, version: number): readonly FieldSchema[] | undefined {
  const message = messages.get(`${of} ${side}`)?.find(({ from, to }) => version >= from && version <= to);
  return message === undefined ? undefined : new FieldParser(message.text).fields();
}

/** `name:type@versions?nullable#tag`, as the table's header says. */
const FIELD_END = /(?:@(\d+)(-\d+)?)?(\?(?:(\d+)(-\d+)?)?)?(?:#(\d+))?/y;
const NAME = /(\w+):(\[?)(\w*)/y;

class FieldParser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  fields(): readonly FieldSchema[] {
    const fields: FieldSchema[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== '}') {
      fields.push(this.#field());
      if (this.#text[this.#at] === ' ') this.#at++;
    }
    return fields;
  }

  #field(): FieldSchema {
    const [, name = '', bracket = '', type = ''] = this.#match(NAME);
    let fields: readonly FieldSchema[] = [];
    if (this.#text[this.#at] === '{') {
      this.#at++;
      fields = this.fields();
      this.#at++;
    }
    if (bracket !== '') this.#at++;
    const [, from, to, nullable, nullFrom, nullTo, tag] = this.#match(FIELD_END);
    return {
      name,
      type: type === '' ? 'struct' : type,
      isArray: bracket !== '',
      fields,
      versions: versionsOf(from, to),
      nullable: nullable === undefined ? undefined : versionsOf(nullFrom, nullTo),
      tag: tag === undefined ? undefined : Number(tag),
    };
  }

  #match(pattern: RegExp): readonly (string | undefined)[] {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw new Error(`no field at ${this.#at} of ${this.#text}`);
    this.#at = pattern.lastIndex;
    return match;
  }
}

const versionsOf = (from: string | undefined, to: string | undefined): Versions => ({
  from: Number(from ?? 0),
  to: to === undefined ? Infinity : Number(to.slice(1)),
});
