import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HttpCallContext } from '../../http/call.ts';
import { Refiners } from '../../http/refiners.ts';
import type { Http2Call } from './call.ts';
import { newCall } from './pool.ts';
import { Streams } from './streams.ts';

const context: HttpCallContext = { protocol: 'http2', refiners: new Refiners('http2', []), maxBodyBytes: 1000 };
/** Those that clients use, those of a server that pushes, and those that fall on one place. */
const ids = fc.oneof(
  fc.nat(60),
  fc.nat(7).map((n) => n * 2 ** 20 + 1),
  fc.constant(0x7fffffff),
);

test('streams are found by their ids and told in the order they were opened in', () => {
  fc.assert(
    fc.property(fc.array(ids, { maxLength: 200 }), (asked) => {
      const streams = new Streams();
      const expected = new Map<number, Http2Call>();
      // Each id opens a stream, or ends the one that it names.
      for (const id of asked) {
        const open = expected.get(id);
        expect(streams.get(id)).toBe(open ?? null);
        if (open === undefined) {
          const call = newCall(context, id);
          streams.add(call);
          expected.set(id, call);
        } else {
          streams.remove(open);
          expected.delete(id);
        }
        expect(streams.size).toBe(expected.size);
        expect(streams.oldest).toBe(expected.values().next().value ?? null);
      }
      expect(streams.all()).toEqual([...expected.values()]);
      for (const [id, call] of expected) expect(streams.get(id)).toBe(call);
      streams.clear();
      expect(streams.all()).toEqual([]);
    }),
  );
});
