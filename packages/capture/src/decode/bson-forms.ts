/** The forms of documents that begin at one place, found again by comparing, and learnt from those that have none. */

import { BsonForm, type BsonRange, Wish } from './bson-form.ts';
import { type BsonMark, Mark, type MarkPlace, marksOf } from './bson-marks.ts';
import { BsonType } from './bson-types.ts';

/** Forms of one place that are looked through: where documents differ more, going over them is as fast. */
export const MAX_FORMS = 4;
/** Names and values kept of one form. */
export const MAX_FORM_BYTES = 2048;
/** Of so many documents half have to be found, or none is looked for in the next of them. */
export const TRIED = 64;
export const REST = 1024;
/** Of documents whose members never come again ever fewer are looked at for learning, until it is one of so many. */
export const MAX_PAUSE = 64;

export class BsonForms<Place extends MarkPlace<Place>, Facts = unknown> {
  private readonly forms: BsonForm<Place, Facts>[] = [];
  /** Those of which too much differs: they are not learnt again. */
  private readonly useless: BsonForm<Place, Facts>[] = [];
  private tried = 0;
  private found = 0;
  private rest = 0;
  private pause = 0;
  private nextPause = 0;

  /** The form of the document `bytes[start, end)`; null when it has none that is known. */
  find(bytes: Uint8Array, start: number, end: number): BsonForm<Place, Facts> | null {
    if (this.rest > 0) {
      this.rest--;
      return null;
    }
    if (this.tried === TRIED) this.weigh();
    this.tried++;
    const { forms } = this;
    for (let i = 0; i < forms.length; i++) {
      const form = forms[i];
      if (form?.isOf(bytes, start, end) !== true) continue;
      this.found++;
      if (i > 0) this.promote(form, i);
      return form;
    }
    return null;
  }

  private weigh(): void {
    if (2 * this.found < TRIED) this.rest = REST;
    this.tried = 0;
    this.found = 0;
  }

  /** Those that come often are looked at first. */
  private promote(form: BsonForm<Place, Facts>, at: number): void {
    const { forms } = this;
    const better = at >> 1;
    const other = forms[better];
    if (other === undefined) return;
    forms[better] = form;
    forms[at] = other;
  }

  /** Learns a document that has no form; true when one more is known. */
  learn(range: BsonRange, root: Place, facts: Facts): boolean {
    if (this.rest > 0 || this.pause-- > 0) return false;
    const { bytes, start, end } = range;
    const marks = marksOf(bytes, start, end, root);
    if (marks === null || !isLearnable(marks) || !isKnown(marks)) return this.postpone();
    const { forms, useless } = this;
    if (useless.some((form) => form.isLike(marks, range))) return this.postpone();
    const like = forms.findIndex((form) => form.isLike(marks, range));
    const form = new BsonForm(range, marks, facts, forms[like] ?? null);
    if (like >= 0) forms.splice(like, 1);
    const list = isWorthKeeping(form) ? forms : useless;
    list.unshift(form);
    if (list.length > MAX_FORMS) list.pop();
    // Where there are more forms than are kept, learning them again and again would cost more than they save.
    if (forms.length >= MAX_FORMS || useless.length >= MAX_FORMS) this.postpone();
    else this.nextPause = 0;
    return like < 0;
  }

  private postpone(): false {
    this.pause = this.nextPause;
    this.nextPause = Math.min(2 * this.nextPause + 1, MAX_PAUSE);
    return false;
  }
}

/** Has nothing that no form may have, and tells each place once. */
function isLearnable(marks: readonly BsonMark[]): boolean {
  const told = new Set<number>();
  for (const { kind, place } of marks) {
    if (kind === Mark.close) continue;
    if (kind === BsonType.codeWithScope || place.wish === Wish.none || told.has(place.wish)) return false;
    if (place.wish > 0) told.add(place.wish);
  }
  return true;
}

/** Whether there was a document with these members before: what comes once may never come again. */
function isKnown(marks: readonly BsonMark[]): boolean {
  const isKnown = marks.every(({ place }) => place.isKnown);
  for (const { place } of marks) place.isKnown = true;
  return isKnown;
}

/** Whether comparing tells more than going over it would: half of it has to be the same. */
function isWorthKeeping({ kept, holes, marks }: BsonForm): boolean {
  const members = marks.filter(({ kind }) => kind !== Mark.close).length;
  return kept.length <= MAX_FORM_BYTES && 2 * holes.length <= members;
}
