/** Messages of both sides, written as the protocol says. */

/** Fields of a message: text ends with a zero byte, numbers say their width. */
export type Field =
  | string
  | { readonly i16: number }
  | { readonly i32: number }
  | { readonly bytes: Uint8Array | string };
export const i16 = (value: number): Field => ({ i16: value });
export const i32 = (value: number): Field => ({ i32: value });
export const raw = (bytes: Uint8Array | string): Field => ({ bytes });
const sized = (text: string): Field[] => [i32(text.length), raw(text)];

function encode(field: Field): Buffer {
  if (typeof field === 'string') return Buffer.from(`${field}\0`);
  if ('bytes' in field) return Buffer.from(field.bytes as string);
  const bytes = Buffer.alloc('i16' in field ? 2 : 4);
  if ('i16' in field) bytes.writeInt16BE(field.i16);
  else bytes.writeInt32BE(field.i32);
  return bytes;
}
export function message(type: string, ...fields: Field[]): Buffer {
  const body = Buffer.concat(fields.map(encode));
  const head = Buffer.alloc(4);
  head.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), head, body]);
}

export const startup = message(
  '',
  i32(3 << 16),
  'user',
  'app',
  'database',
  'shop',
  'application_name',
  'api',
  raw('\0'),
);
export const ready = message('Z', raw('I'));
export const authenticated = Buffer.concat([message('R', i32(5), raw('salt')), message('R', i32(0)), ready]);
export const query = (text: string) => message('Q', text);
export const complete = (tag: string) => message('C', tag);
export const columns = (...names: string[]) =>
  message('T', i16(names.length), ...names.flatMap((name) => [name, i32(0), i16(0), i32(23), i16(4), i32(-1), i16(0)]));
export const row = (...values: string[]) => message('D', i16(values.length), ...values.flatMap(sized));
export const failure = (code: string, text: string) =>
  message('E', raw('S'), 'ERROR', raw('V'), 'ERROR', raw('C'), code, raw('M'), text, raw('\0'));
export const parse = (name: string, text: string) => message('P', name, text, i16(1), i32(23));
export const bind = (statement: string, value: string) =>
  message('B', '', statement, i16(0), i16(1), ...sized(value), i16(0));
export const execute = message('E', '', i32(0));
export const sync = message('S');
export const all = (...messages: Uint8Array[]): Uint8Array => Buffer.concat(messages);
