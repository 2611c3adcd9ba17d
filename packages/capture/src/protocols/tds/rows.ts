/** The first rows of an answer: as objects for who describes it, as JSON for who prints it. */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { Answer, type Reading } from './answer.ts';
import type { Column } from './columns.ts';
import { Tokens } from './tokens.ts';
import { readValue } from './values.ts';
import type { Kept } from './wire.ts';
import { writeValue } from './written-values.ts';

/** Rows shown of one answer. */
export const MAX_ROWS = 20;
const ROWS = piece(',"rows":[');
const NULL = piece('null');

/** Told what has been told before. */
const heard = new Answer();

export function rowsOf(kept: Kept, reading: Reading): JsonObject[] {
  const rows: JsonObject[] = [];
  const tokens = new Tokens(kept, reading, heard);
  const { reader } = tokens;
  while (rows.length < MAX_ROWS && tokens.nextRow()) {
    const { list } = tokens.columns;
    const values = list.map(({ type }, index) => (tokens.isNull(index) ? null : readValue(reader, type, true)));
    if (reader.isShort) break;
    rows.push(rowObject(list, values));
  }
  heard.clear();
  return rows;
}

/** A name that comes again, and one that is empty, get their number. */
function rowObject(columns: readonly Column[], values: readonly JsonValue[]): JsonObject {
  const row: Record<string, JsonValue> = {};
  for (const [index, { name }] of columns.entries()) {
    const key = name === '' || Object.hasOwn(row, name) ? `${name}#${index + 1}` : name;
    row[key] = values[index] ?? null;
  }
  return row;
}

/** Writes `rows` with a comma before it; nothing where there are none. The last of them ends at `kept.end`. */
export function writeRows(json: JsonWriter, kept: Kept, reading: Reading): void {
  const tokens = new Tokens(kept, reading, heard);
  const { reader } = tokens;
  let count = 0;
  for (; count < MAX_ROWS && !json.isRefused && tokens.nextRow(); count++) {
    const { list, keys } = tokens.columns;
    if (count === 0) json.copyOf(ROWS);
    else json.raw(',');
    if (keys === null) json.isRefused = true;
    else {
      for (let index = 0; index < keys.length; index++) {
        const key = keys[index];
        const column = list[index];
        if (key === undefined || column === undefined) return;
        json.copyOf(key);
        if (tokens.isNull(index)) json.copyOf(NULL);
        else writeValue(json, reader, column.type, true);
      }
      json.raw('}');
    }
  }
  if (count > 0) json.raw(']');
  heard.clear();
}
