/** Properties of a message as JSON: all but the headers, which stand beside the body. */

import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { writeUtf8 } from '../../json/written-values.ts';
import { contentProperties } from './method.ts';
import { HEADERS, type PropertyPlaces } from './properties.ts';
import { long } from './wire.ts';

const NOTHING = piece('');
const firstKeys = contentProperties.map(({ name }) => piece(`,"properties":{${JSON.stringify(name)}:`));
const nextKeys = contentProperties.map(({ name }) => piece(`,${JSON.stringify(name)}:`));

/** Nothing where there are none. */
export function writeProperties(json: JsonWriter, { bytes, starts, ends }: PropertyPlaces): void {
  let isFirst = true;
  for (let number = 0; number < contentProperties.length; number++) {
    const start = starts[number] ?? -1;
    if (start < 0 || number === HEADERS) continue;
    json.copyOf((isFirst ? firstKeys : nextKeys)[number] ?? NOTHING);
    isFirst = false;
    const type = contentProperties[number]?.type;
    if (type === 'shortstr') writeUtf8(json, bytes, start, ends[number] ?? start);
    else if (type === 'octet') json.number(bytes[start] ?? 0);
    else writeTime(json, long(bytes, start) * 0x1_0000_0000 + long(bytes, start + 4));
  }
  if (!isFirst) json.raw('}');
}

/** Seconds since 1970, as a message says when it was sent. */
function writeTime(json: JsonWriter, seconds: number): void {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) json.isRefused = true;
  else json.raw(`"${date.toISOString()}"`);
}
