import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from '../json/json-writer.ts';
import { EntryHead, idText } from './entry-head.ts';

const aHead = fc.record({
  high: fc.oneof(fc.nat(3), fc.nat(), fc.integer({ min: 7_300_000_000_000, max: 7_400_000_000_000 })),
  low: fc.nat(999_999),
  timestamp: fc.oneof(fc.nat(3), fc.nat(), fc.maxSafeNat(), fc.integer({ min: 1.79e15, max: 1.79e15 + 3e9 })),
});

test('id and time are what they are, whatever was written before', () => {
  fc.assert(
    fc.property(fc.array(aHead, { maxLength: 12 }), (heads) => {
      const head = new EntryHead();
      for (const { high, low, timestamp } of heads) {
        const json = new JsonWriter();
        head.write(json, { high, low }, timestamp);
        const written = Buffer.from(json.written()).toString();
        expect(written).toBe(JSON.stringify({ id: idText({ high, low }), timestamp }).slice(0, -1));
        expect(BigInt(idText({ high, low }))).toBe(BigInt(high) * 1_000_000n + BigInt(low));
      }
    }),
  );
});
