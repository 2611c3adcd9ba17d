import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Waiting, WaitingCalls } from './waiting-calls.ts';

class Numbered implements Waiting<Numbered> {
  readonly id: number;
  next: Numbered | null = null;
  constructor(id: number) {
    this.id = id;
  }
}

test('calls stand in the order in which they came, whichever leave', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(9), { nil: undefined }), { maxLength: 40 }), (steps) => {
      const waiting = new WaitingCalls<Numbered>();
      const expected: Numbered[] = [];
      for (const [id, step] of steps.entries()) {
        if (step === undefined || expected.length === 0) {
          const call = new Numbered(id);
          waiting.add(call);
          expected.push(call);
        } else {
          const [gone] = expected.splice(step % expected.length, 1);
          if (gone !== undefined) waiting.remove(gone);
        }
        const found: Numbered[] = [];
        for (let call = waiting.oldest; call !== null; call = call.next) found.push(call);
        expect(found).toEqual(expected);
        expect(waiting.size).toBe(expected.length);
      }
    }),
  );
});
