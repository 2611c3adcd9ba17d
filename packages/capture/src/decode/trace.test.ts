import fc from 'fast-check';
import { expect, test } from 'vitest';
import { traceIdOf } from './trace.ts';

const id = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceIn = (headers: Readonly<Record<string, string>>) => traceIdOf({ first: (name) => headers[name] });

test('trace ids are found in the headers of each standard, the most standard one first', () => {
  const table: readonly (readonly [Readonly<Record<string, string>>, string | undefined])[] = [
    [{ traceparent: `00-${id}-00f067aa0ba902b7-01`, 'x-request-id': 'a' }, id],
    [{ traceparent: `00-${id.toUpperCase()}-00f067aa0ba902b7-01` }, id],
    [{ traceparent: `cc-${id}-00f067aa0ba902b7-01-what-comes-later` }, id],
    [{ traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, 'x-request-id': 'a' }, 'a'],
    [{ traceparent: `00-${id}-00f067aa0ba902b7`, 'x-request-id': 'a' }, 'a'],
    [{ traceparent: `00-${id}-00f067aa0ba902bg-01`, 'x-request-id': 'a' }, 'a'],
    [{ b3: '80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1' }, '80f198ee56343ba864fe8b2a57d3eff7'],
    [{ 'x-b3-traceid': '463AC35C9F6413AD' }, '463ac35c9f6413ad'],
    [{ sw8: `1-${Buffer.from('a.b').toString('base64')}-x` }, 'a.b'],
    [{ 'x-request-id': 'r-1' }, 'r-1'],
    [{}, undefined],
  ];
  for (const [headers, expected] of table) expect(traceIn(headers), JSON.stringify(headers)).toBe(expected);
});

test('a traceparent is what its grammar says', () => {
  const pattern = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-/i;
  const change = fc.tuple(fc.nat(55), fc.constantFrom('-', 'g', 'F', '0', '/', ':', '@', '`', 'à'));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 3 }), fc.nat(56), (changes, length) => {
      const characters = `00-${id}-00f067aa0ba902b7-01`.split('');
      for (const [at, character] of changes) characters[at] = character;
      const traceparent = characters.slice(0, length).join('');
      expect(traceIn({ traceparent })).toBe(pattern.exec(traceparent)?.[1]?.toLowerCase());
    }),
    { numRuns: 1000 },
  );
});
