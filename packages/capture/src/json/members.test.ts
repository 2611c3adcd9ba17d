import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter, piece } from './json-writer.ts';
import { MAX_MEMBERS, type MemberFacts, Members } from './members.ts';

const keys = ['a', 'b', 'c', 'd'];
const facts = new Map<string, MemberFacts>(
  keys.map((key) => [key, { key: piece(`,${JSON.stringify(key)}:`), list: 0, place: 0 }]),
);

/** Values are the places they are given. */
class Numbers extends Members<MemberFacts> {
  read(names: readonly string[]): this {
    this.begin();
    for (const [at, name] of names.entries()) {
      const known = facts.get(name);
      if (known !== undefined) this.add(known, at, at);
    }
    return this;
  }

  protected override writeMember(json: JsonWriter, place: number): void {
    json.number(this.starts[place] ?? 0);
  }

  firstOf(name: string): number {
    const known = facts.get(name);
    return known === undefined ? -1 : this.placeOf(known);
  }
}

test('members of one key are a list where the first one stands', () => {
  const numbers = new Numbers();
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...keys), { maxLength: MAX_MEMBERS }), (names) => {
      const json = new JsonWriter();
      numbers.read(names).write(json, 0);
      const expected: Record<string, number | number[]> = {};
      for (const [at, name] of names.entries()) {
        const before = expected[name];
        expected[name] = before === undefined ? at : [before, at].flat();
      }
      expect(Buffer.from(json.written()).toString()).toBe(JSON.stringify(expected));
      numbers.read(names);
      for (const key of keys) expect(numbers.firstOf(key)).toBe(names.indexOf(key));
    }),
  );
});

test('a member is written once more wherever the object stands', () => {
  const numbers = new Numbers();
  const json = new JsonWriter();
  json.raw('before ');
  numbers.read(['a', 'b', 'a']).write(json, 0);
  for (const place of [0, 1, 2]) numbers.writeAgain(json, place);
  expect(Buffer.from(json.written()).toString()).toBe('before {"a":[0,2],"b":1}012');
  const other = new JsonWriter();
  for (const place of [2, 1]) numbers.writeAgain(other, place);
  expect(Buffer.from(other.written()).toString()).toBe('21');
  // What was written is gone, and another object begins.
  json.length = 0;
  numbers.writeAgain(json, 1);
  numbers.read(['c']).writeAgain(json, 0);
  expect(Buffer.from(json.written()).toString()).toBe('10');
});
