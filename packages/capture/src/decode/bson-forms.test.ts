import fc from 'fast-check';
import { BSON, Long, ObjectId, UUID } from 'mongodb';
import { expect, test } from 'vitest';
import { JsonWriter } from '../json/json-writer.ts';
import { bsonDocument } from './bson.ts';
import { MAX_KEPT_BYTES, Wish } from './bson-form.ts';
import { BsonForms, MAX_FORM_BYTES, MAX_FORMS, MAX_PAUSE, REST, TRIED } from './bson-forms.ts';
import { BsonWriter } from './bson-json.ts';
import { MAX_MARK_DEPTH, MAX_MARKS, marksOf } from './bson-marks.ts';
import {
  type BsonNames,
  type BsonPlace,
  BsonShapes,
  MAX_PLACES,
  MAX_SUBJECT_BYTES,
  type PlacedForm,
} from './bson-places.ts';

const plain: BsonNames = { hides: () => false, isSecret: () => false, roleOf: () => 0 };

/** Members that are always the same. */
const common = {
  limit: 1,
  flag: true,
  name: 'shop',
  sort: {},
  hint: 'none',
  batch: 7,
  comment: 'c',
  tail: false,
  last: 0,
};

/** A form is learnt of a document that has none, when it is seen again; answers the one it had. */
function met(shapes: BsonShapes<string>, value: BSON.Document, facts = ''): PlacedForm<string> | null {
  const bytes = BSON.serialize(value);
  const form = shapes.find(bytes, 0, bytes.length);
  if (form === null) shapes.learn(bytes, 0, bytes.length, facts);
  return form;
}

/** Whether such a document has a form the third time it is met. */
function isLearnt(value: BSON.Document, names = plain): boolean {
  const shapes = new BsonShapes<string>(names);
  for (let times = 0; times < 2; times++) met(shapes, value);
  return met(shapes, value) !== null;
}

const written = (shapes: BsonShapes, bytes: Uint8Array): string | null => {
  const json = new JsonWriter();
  const form = shapes.find(bytes, 0, bytes.length);
  if (form === null) shapes.learn(bytes, 0, bytes.length, '');
  new BsonWriter().begin(json, { bytes, end: bytes.length }, 0, shapes.root, form);
  json.raw('}');
  return json.isRefused ? null : Buffer.from(json.written()).toString();
};

test('a document is of a form but for the values that have differed', () => {
  const shapes = new BsonShapes<string>(plain);
  const of = (number: number, text: string) => met(shapes, { find: 'orders', filter: { number, text }, limit: 1 });
  expect(of(1, 'a')).toBeNull();
  expect(of(1, 'a')).toBeNull();
  expect(of(1, 'a')).not.toBeNull();
  expect(of(2, 'a')).toBeNull();
  expect(of(3, 'a')).not.toBeNull();
  expect(of(3, 'longer')).toBeNull();
  expect(of(4, 'x'.repeat(9))?.holes.map(({ mark }) => mark.place.name)).toEqual(['number', 'text']);
  expect(met(shapes, { find: 'orders', filter: { number: 1 }, limit: 1 })).toBeNull();
  expect(met(shapes, { find: 'orders', filter: { number: '1', text: 'a' }, limit: 1 })).toBeNull();
});

test('documents are written by their forms as they are read, also those that are changed or cut', () => {
  const shapes = new BsonShapes<string>({
    ...plain,
    hides: (name) => name === 'inside',
    isSecret: (name) => name === 'b',
  });
  const value = fc.record({
    find: fc.constantFrom('orders', 'users', 'größe', 'x'.repeat(MAX_KEPT_BYTES)),
    id: fc.constantFrom(new ObjectId(), new ObjectId(), new UUID(), new UUID()),
    flag: fc.boolean(),
    number: fc.oneof(fc.integer(), fc.constant(7)),
    list: fc.constantFrom([], [1], [{ a: 1 }], [{ a: 1 }, { a: 2, b: [{ c: 'c' }] }]),
    inside: fc.record({
      a: fc.string({ maxLength: 4 }),
      b: fc.constantFrom('secret', 'other'),
      c: fc.constantFrom({}, { d: 1 }),
    }),
  });
  const damage = fc.record({
    changes: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
    cut: fc.nat(2),
  });
  const damages = fc.oneof({ weight: 9, arbitrary: fc.constant({ changes: [], cut: 0 }) }, damage);
  let formed = 0;
  fc.assert(
    fc.property(value, damages, (document, { changes, cut }) => {
      const whole = BSON.serialize({ ...document, ...common });
      for (const [at, byte] of changes) whole[at % whole.length] = byte;
      const bytes = whole.subarray(0, whole.length - cut);
      if (shapes.find(bytes, 0, bytes.length) !== null) formed++;
      const json = written(shapes, bytes);
      if (changes.length + cut === 0) expect(json).not.toBeNull();
      if (json === null) return;
      const { value: read } = bsonDocument(bytes, 0);
      const inside = read['inside'];
      if (typeof inside === 'object' && inside !== null && 'b' in inside && typeof inside['b'] !== 'boolean')
        Object.assign(inside, { b: '[REDACTED]' });
      expect(json).toBe(JSON.stringify(read));
    }),
    { numRuns: 2000 },
  );
  expect(formed).toBeGreaterThan(100);
});

test('a value with a role is told where it was written, whether it differs or not', () => {
  const shapes = new BsonShapes<string>({ ...plain, roleOf: (name) => (name === 'filter' ? 1 : 0) });
  const writer = new BsonWriter();
  const filters = [{ a: 1 }, { a: 2 }, { a: 3 }, 'x', 'y', 'z', [], [1], [{ a: 1 }], null, new ObjectId()];
  let formed = 0;
  for (const filter of [...filters, ...filters, ...filters, ...filters]) {
    const bytes = BSON.serialize({ find: 'orders', filter, limit: 1 });
    const form = met(shapes, { find: 'orders', filter, limit: 1 });
    if (form !== null) formed++;
    const json = new JsonWriter();
    writer.wanted = 1;
    writer.begin(json, { bytes, end: bytes.length }, 0, shapes.root, form);
    const text = Buffer.from(json.written()).toString();
    expect(text.slice(writer.valueStart, writer.valueEnd)).toBe(JSON.stringify(bsonDocument(bytes, 0).value['filter']));
  }
  expect(formed).toBeGreaterThan(5);
});

test('values are told by number, others must be the same, and some are in no form', () => {
  const shapes = new BsonShapes<string>({
    ...plain,
    wishOf: ({ name }) => ({ id: 1, list: 2, same: Wish.same, none: Wish.none })[name] ?? 0,
  });
  const value = (same: string, id: number) => ({ same, id: Long.fromNumber(id), list: [1, 2], ...common });
  const long = 'x'.repeat(MAX_KEPT_BYTES);
  for (const id of [1, 2]) met(shapes, value('a', id), 'first');
  met(shapes, value(long, 1), 'second');
  const form = met(shapes, value('a', 3));
  expect(form?.facts).toBe('first');
  expect(form?.toldAt(1)).toBe(BSON.serialize({ same: 'a', id: null }).length - 1);
  expect([form?.kindOf(2), form?.kindOf(3), form?.toldAt(3)]).toEqual([4, 0, -1]);
  expect(met(shapes, value(long, 3))?.facts).toBe('second');
  expect(isLearnt({ none: 1 }, shapes.names)).toBe(false);
  expect(isLearnt({ id: 1, inside: { id: 2 }, ...common }, shapes.names)).toBe(false);
});

test('what may be secret is not kept', () => {
  const shapes = new BsonShapes<string>({ ...plain, hides: () => true, isSecret: (name) => name === 'key' });
  const value = { cluster: { key: 's3cret', list: ['s3cret'] }, ...common };
  for (let times = 0; times < 2; times++) met(shapes, value);
  const form = met(shapes, value);
  expect(form).not.toBeNull();
  expect(Buffer.from(form?.kept ?? []).toString('latin1')).not.toContain('s3cret');
});

test('documents with too much to keep have no form', () => {
  const deep = (levels: number): BSON.Document => (levels === 0 ? {} : { a: deep(levels - 1) });
  const wide = (members: number) => Object.fromEntries(Array.from({ length: members }, (_, n) => [`a${n}`, 1]));
  const named = (length: number) => ({ ['x'.repeat(length)]: 1 });
  expect([isLearnt(deep(MAX_MARK_DEPTH)), isLearnt(deep(MAX_MARK_DEPTH + 1))]).toEqual([true, false]);
  expect([isLearnt(wide(MAX_MARKS)), isLearnt(wide(MAX_MARKS + 1))]).toEqual([true, false]);
  // A type, a name with its zero, a number, and the last zero.
  expect([isLearnt(named(MAX_FORM_BYTES - 7)), isLearnt(named(MAX_FORM_BYTES - 6))]).toEqual([true, false]);
});

test('long values are not kept, and a document of which too much differs has no form', () => {
  const holesOf = (value: BSON.Document) => {
    const shapes = new BsonShapes<string>(plain);
    for (let times = 0; times < 2; times++) met(shapes, value);
    return met(shapes, value)?.holes.length;
  };
  // Its length and its zero count.
  expect(holesOf({ text: 'x'.repeat(MAX_KEPT_BYTES - 5), ...common })).toBe(0);
  expect(holesOf({ text: 'x'.repeat(MAX_KEPT_BYTES - 4), ...common })).toBe(1);
  const last = (value: (n: number) => BSON.Document) => {
    const shapes = new BsonShapes<string>(plain);
    for (let n = 0; n < TRIED / 2; n++) met(shapes, value(n));
    return met(shapes, value(0));
  };
  expect(last((n) => ({ a: n, b: n, c: 1 }))).toBeNull();
  expect(last((n) => ({ a: n, b: n, c: 1, d: 1 }))).not.toBeNull();
});

test('texts that documents begin with have forms of their own where those are their subject', () => {
  const shapes = new BsonShapes<string>({ ...plain, wishOf: () => Wish.same, isFirstSubject: true });
  const subjects = Array.from({ length: 3 * MAX_FORMS }, (_, n) => ({ find: `orders${n}` }));
  for (let times = 0; times < 2; times++) for (const subject of subjects) met(shapes, subject);
  for (const subject of subjects) expect(met(shapes, subject)).not.toBeNull();
  expect(isLearnt({ find: 'x'.repeat(MAX_SUBJECT_BYTES) }, shapes.names)).toBe(false);
});

test('no more forms are kept than are looked through', () => {
  const { root } = new BsonShapes(plain);
  const forms = new BsonForms<BsonPlace, null>();
  const of = (n: number) => BSON.serialize({ [`a${n}`]: 1 });
  for (let n = 0; n <= MAX_FORMS; n++)
    for (let times = 0; times <= MAX_PAUSE; times++)
      forms.learn({ bytes: of(n), start: 0, end: of(n).length }, root, null);
  const isKnown = Array.from({ length: MAX_FORMS + 1 }, (_, n) => forms.find(of(n), 0, of(n).length) !== null);
  expect(isKnown.filter(Boolean)).toHaveLength(MAX_FORMS);
});

test('where most documents have no form none is looked for, until later', () => {
  const shapes = new BsonShapes<string>(plain);
  for (let times = 0; times < 2; times++) met(shapes, { known: 1 });
  const find = (value: BSON.Document) => {
    const bytes = BSON.serialize(value);
    return shapes.find(bytes, 0, bytes.length);
  };
  expect(find({ known: 1 })).not.toBeNull();
  for (let n = 0; n < 2 * TRIED; n++) find({ [`a${n}`]: 1 });
  const rest = Array.from({ length: REST }, () => find({ known: 1 })).findIndex((form) => form !== null);
  expect(rest).toBeGreaterThan(REST - 2 * TRIED);
});

test('a flood of forms is forgotten', () => {
  const shapes = new BsonShapes<string>(plain);
  const first = shapes.root;
  for (let times = 0; times < 3; times++) met(shapes, { known: 1 });
  for (let n = 0; n < MAX_PLACES && shapes.root === first; n++) {
    const bytes = BSON.serialize({ [`a${n % 30}`]: { [`b${n}`]: [{ c: 1 }] } });
    new BsonWriter().begin(new JsonWriter(), { bytes, end: bytes.length }, 0, shapes.root);
  }
  expect(shapes.root).not.toBe(first);
  expect(met(shapes, { known: 1 })).toBeNull();
});

test('marks are of whole documents only', () => {
  const { root } = new BsonShapes(plain);
  const bytes = BSON.serialize({ a: { b: 1 }, c: [1] });
  expect(marksOf(bytes, 0, bytes.length, root)).toHaveLength(4);
  for (let length = 0; length < bytes.length; length++) expect(marksOf(bytes, 0, length, root)).toBeNull();
});
