import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from '../../json/json-writer.ts';
import { writeTimestamp } from './written-time.ts';

test('a time is the text a Date makes of it; what a Date is needed for is left to it', () => {
  const json = new JsonWriter();
  const millis = fc.oneof(fc.integer({ min: -1, max: 253_402_300_800_001 }), fc.nat(86_400_000), fc.double());
  fc.assert(
    fc.property(millis, (time) => {
      json.length = 0;
      const isWritten = writeTimestamp(json, time);
      const text = Buffer.from(json.written()).toString();
      expect(text).toBe(isWritten ? `,"timestamp":${JSON.stringify(new Date(time)).slice(0, -2)}` : '');
      if (Number.isInteger(time) && time >= 0 && time < 253_402_300_800_000) expect(isWritten).toBe(true);
    }),
    { numRuns: 1000 },
  );
});
