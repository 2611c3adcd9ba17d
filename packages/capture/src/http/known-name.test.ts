import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnownName } from './known-name.ts';

const names = ['content-length', 'content-type', 'transfer-encoding', 'upgrade', 'te', 'a-b-c-d'];

test('a name is found in any case, and only there', () => {
  const letters = fc.string({ unit: fc.constantFrom(...Array.from('cCoOnNtTeE-\r\n :lLgGhHM')), maxLength: 20 });
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(fc.boolean()), letters, letters, (name, cases, before, after) => {
      const spelled = Array.from(name, (letter, i) => (cases[i] ? letter.toUpperCase() : letter)).join('');
      const text = `${before}${spelled}:${after}`;
      const bytes = Buffer.from(text, 'latin1');
      for (let at = 0; at < text.length; at++) {
        const stands = text.slice(at, at + name.length + 1).toLowerCase() === `${name}:`;
        expect(new KnownName(name).isAt(bytes, at)).toBe(stands);
      }
    }),
  );
});
