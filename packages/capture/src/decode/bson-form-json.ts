/** What is written of all documents of a form, between the values that differ. */

import { JsonWriter } from '../json/json-writer.ts';
import type { FormJson, RoleJson } from './bson-form.ts';
import { Mark } from './bson-marks.ts';
import type { PlacedForm } from './bson-places.ts';

/** Where pieces are put together; what is kept may have documents of other forms inside, whose pieces are put together on the way. */
const made = new JsonWriter();

/** `write` writes the value of the mark with this number, as the form keeps it. */
export function formJsonOf(form: PlacedForm, write: (json: JsonWriter, number: number) => void): FormJson {
  const pieces: Uint8Array[] = [];
  const roles: RoleJson[] = [];
  const start = made.length;
  const wasRefused = made.isRefused;
  const cut = () => {
    pieces.push(made.pieceFrom(start));
    made.length = start;
  };
  let values = 0;
  made.isRefused = false;
  form.marks.forEach(({ kind, place, depth }, number) => {
    if (kind === Mark.close) {
      if (form.marks[number - 1]?.kind === Mark.open) made.raw('{');
      made.raw('}');
    } else {
      values++;
      made.copyOf(place.key);
      const offset = made.length - start - place.opening;
      if (depth === 0) roles.push({ role: place.role, piece: pieces.length, offset, lastPiece: 0, lastOffset: 0 });
      if (form.keptAt(number) >= 0) write(made, number);
      else if (kind !== Mark.open) cut();
    }
    // The outermost member goes on to here, at least.
    const last = roles.at(-1);
    if (last === undefined) return;
    last.lastPiece = pieces.length;
    last.lastOffset = made.length - start;
  });
  if (form.marks.length === 0) made.raw('{');
  cut();
  const { isRefused } = made;
  made.isRefused = wasRefused;
  return { pieces, values, roles: roles.filter(({ role }) => role > 0), isRefused };
}

/** The outermost member with this role. */
export function roleIn(roles: readonly RoleJson[], role: number): RoleJson | null {
  for (let i = 0; i < roles.length; i++) {
    const one = roles[i];
    if (one?.role === role) return one;
  }
  return null;
}
