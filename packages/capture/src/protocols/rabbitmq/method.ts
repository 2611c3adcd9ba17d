/** Methods and their arguments by number and by name, out of the generated table. */

import { methodTable, propertyTable } from './methods.ts';

export type FieldType =
  | 'bit'
  | 'octet'
  | 'short'
  | 'long'
  | 'longlong'
  | 'shortstr'
  | 'longstr'
  | 'table'
  | 'timestamp';

export interface Field {
  readonly name: string;
  readonly type: FieldType;
}

export interface Method {
  /** Another one for each: what is kept by method lies in lists. */
  readonly index: number;
  readonly name: string;
  readonly from: 'client' | 'server' | 'either';
  /** It is answered, unless it says `nowait`. */
  readonly asks: boolean;
  readonly hasContent: boolean;
  readonly fields: readonly Field[];
  /** The method it answers; empty when it answers none. */
  readonly answers: string;
  /** A step on the way into a connection (§2.2.4). */
  readonly isLogin: boolean;
}

const fieldsOf = (list: string): readonly Field[] =>
  list
    .split(', ')
    .filter((text) => text !== '')
    .map((text) => {
      const [name = '', type = ''] = text.split(' ');
      // The generated table has only the domains of the specification.
      return { name, type: type as FieldType };
    });

function answeredBy(name: string): string {
  if (name === 'basic.get-empty') return 'basic.get';
  return name.endsWith('-ok') ? name.slice(0, -'-ok'.length) : '';
}

const LOGIN = /^connection\.(start|secure|tune|open)(-ok)?$/;

const byCode: ReadonlyMap<number, Method> = new Map(
  methodTable.map(([code, name, from, role, fields], index) => [
    code,
    {
      index,
      name,
      from,
      asks: role.includes('asks'),
      hasContent: role.includes('content'),
      fields: fieldsOf(fields),
      answers: answeredBy(name),
      isLogin: LOGIN.test(name),
    },
  ]),
);

/** Undefined for numbers that neither the specification nor RabbitMQ knows. */
export const methodOf = (code: number): Method | undefined => byCode.get(code);

/** `60.99`: class and method of a number without a name. */
export const numberedMethod = (code: number): string => `${code >>> 16}.${code & 0xffff}`;

/** Properties of a message, the flag of the first is bit 15. */
export const contentProperties: readonly Field[] = fieldsOf(propertyTable);
