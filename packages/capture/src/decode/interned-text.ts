/** UTF-8 names that come again and again: topics, queues, keys. Each is decoded once. */

import { Interner } from './interner.ts';

const NOT_ASCII = /[\x80-\xff]/;
const texts = new Interner((latin1) =>
  NOT_ASCII.test(latin1) ? Buffer.from(latin1, 'latin1').toString('utf8') : latin1,
);

/** The text of `bytes[start, end)`. */
export const internedText = (bytes: Uint8Array, start: number, end: number): string => texts.of(bytes, start, end);
