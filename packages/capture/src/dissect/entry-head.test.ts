import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonWriter } from '../json/json-writer.ts';
import { EntryHead } from './entry-head.ts';

/** 2026, in microseconds. */
const TODAY = 1.79e15;
const aTime = fc.oneof(fc.nat(3), fc.nat(), fc.nat(TODAY), fc.integer({ min: TODAY, max: TODAY + 3e9 }));
const aCall = fc.record({ completed: aTime, timestamp: aTime });

test('id and time are what they are, whatever was written before', () => {
  fc.assert(
    fc.property(fc.array(aCall, { maxLength: 12 }), fc.nat(4095), (calls, agentNumber) => {
      const head = new EntryHead(agentNumber);
      for (const { completed, timestamp } of calls) {
        const json = new JsonWriter();
        head.write(json, completed, timestamp);
        const id = String(BigInt(completed) * 4096n + BigInt(agentNumber));
        expect(Buffer.from(json.written()).toString()).toBe(JSON.stringify({ id, timestamp }).slice(0, -1));
        expect(head.idText(completed)).toBe(id);
      }
    }),
  );
});
