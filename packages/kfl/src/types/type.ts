import type { FieldType } from './schema.ts';

/** Types of expressions: those of fields, and what only appears inside queries. */
export type Type =
  | FieldType
  | 'null'
  | 'list'
  /** A value of a map such as headers: one text, or several when the name was repeated. */
  | 'texts';

export type TimeUnit = 'us' | 'ms' | 's';

/** Name of a type in messages. */
export function typeName(type: Type): string {
  const names: Partial<Record<Type, string>> = {
    bool: 'a yes or no',
    int: 'a number',
    float: 'a number',
    string: 'a text',
    bytes: 'bytes',
    time: 'a point in time',
    duration: 'a duration',
    ip: 'an address',
    strings: 'a list of texts',
    map: 'a map',
    body: 'a body',
    json: 'a value of any kind',
    null: 'nothing',
    list: 'a list',
    texts: 'a text',
  };
  return names[type] ?? type;
}
