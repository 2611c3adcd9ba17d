import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUuid, isUuidText, UUID_LENGTH } from './uuid.ts';

test('what is written so is one, as bytes and as text', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.nat(UUID_LENGTH - 1), fc.constantFrom('-', 'g', 'F', '7', ' ', 'é'), (id, at, other) => {
      const changed = id.slice(0, at) + other + id.slice(at + 1);
      for (const text of [id, id.toUpperCase(), changed, `${id}0`, id.slice(1)]) {
        const isOne = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.test(text);
        const bytes = Buffer.from(`x${text}`, 'latin1');
        expect(isUuid(bytes, 1, bytes.length), text).toBe(isOne);
        expect(isUuidText(`x${text}`, 1), text).toBe(isOne);
      }
    }),
  );
});
