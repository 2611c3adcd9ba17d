import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DynamicTable } from './dynamic-table.ts';
import { fieldOf } from './static-table.ts';

/** What RFC 7541 §4 says, with a list. */
class Reference {
  private readonly entries: { readonly value: string; readonly size: number }[] = [];
  maxBytes: number;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  insert(value: string): void {
    this.entries.unshift({ value, size: 'a'.length + value.length + 32 });
    this.evict();
  }

  evict(): void {
    while (this.entries.reduce((sum, { size }) => sum + size, 0) > this.maxBytes) this.entries.pop();
  }

  get values(): readonly string[] {
    return this.entries.map(({ value }) => value);
  }
}

function valuesOf(table: DynamicTable): string[] {
  const values: string[] = [];
  for (let index = 1; ; index += 1) {
    const field = table.at(index);
    if (field === undefined) return values;
    values.push(field.value);
  }
}

test('after any inserts and sizes it holds what the specification says', () => {
  const steps = fc.array(fc.oneof(fc.string({ maxLength: 60 }), fc.nat(2000)), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (list) => {
      const table = new DynamicTable(1000);
      const reference = new Reference(1000);
      for (const step of list) {
        if (typeof step === 'string') {
          table.insert(fieldOf('a', step));
          reference.insert(step);
        } else {
          table.resize(step);
          reference.maxBytes = step;
          reference.evict();
        }
        expect(valuesOf(table)).toEqual(reference.values);
      }
    }),
    { numRuns: 50 },
  );
});

test('index zero and one behind the oldest are nothing', () => {
  const table = new DynamicTable(1000);
  table.insert(fieldOf('a', '1'));
  expect([table.at(0), table.at(1)?.value, table.at(2)]).toEqual([undefined, '1', undefined]);
});
