/** Entries for property tests: the right shape, with everything in it that a hostile wire can put there. */

import type { Entry } from '@kubeshark/model';
import fc from 'fast-check';

/** Any UTF-16, lone surrogates and control characters included. */
const anyText = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.array(fc.integer({ min: 0xd7fe, max: 0xe001 }), { maxLength: 3 }).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom(
    '',
    '\n\n',
    "'; DROP TABLE entries; --",
    '\\',
    '\0',
    '{p0:String}',
    '__proto__',
    'x'.repeat(130),
    'ü'.repeat(70),
  ),
);
const anyNumber = fc.oneof(
  fc.nat(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -1, 2 ** 53, 1e300),
);
const anyScalar = fc.oneof(anyText, anyNumber, fc.boolean(), fc.constant(null));
const anyJson = fc.oneof(
  anyScalar,
  fc.array(anyScalar, { maxLength: 3 }),
  fc.dictionary(anyText, anyScalar, { maxKeys: 3, noNullPrototype: true }),
);

/** Mostly what belongs there, now and then something else. */
const mostly = (usual: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: anyJson });
const record = (model: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record(model, { requiredKeys: [], noNullPrototype: true });

const anyEndpoint = record({
  ip: mostly(fc.ipV4()),
  port: mostly(fc.nat({ max: 0xffff })),
  name: mostly(anyText),
  namespace: mostly(anyText),
  pod: mostly(anyText),
  service: mostly(anyText),
  labels: fc.dictionary(anyText, anyText, { maxKeys: 2, noNullPrototype: true }),
  pid: fc.nat(),
  process: mostly(anyText),
});
const anyHeaders = fc.dictionary(
  fc.oneof(anyText, fc.constantFrom('Host', 'host', 'Set-Cookie', 'X-Üml', 'constructor')),
  mostly(fc.oneof(anyText, fc.array(anyText, { maxLength: 3 }))),
  { maxKeys: 5, noNullPrototype: true },
);
const anyBody = record({
  size: mostly(fc.nat()),
  mime: anyText,
  text: mostly(anyText),
  base64: mostly(fc.base64String()),
  truncated: fc.boolean(),
});
const methods = fc.constantFrom('GET', 'POST');
const latencies = fc.constantFrom(null, 0, 0.5, 12.25);
const anyRequest = record({
  size: mostly(fc.nat()),
  method: mostly(methods),
  path: mostly(anyText),
  url: anyText,
  headers: mostly(anyHeaders),
  body: mostly(anyBody),
});
const statuses = fc.oneof(fc.constantFrom(200, 404, 0, null, '00000', '42P01', ''), anyScalar);
const anyResponse = record({
  size: mostly(fc.nat()),
  status: statuses,
  latency: mostly(latencies),
  headers: mostly(anyHeaders),
  body: mostly(anyBody),
});

/** An entry's JSON, with ids that are unique within a list when `index` is. */
const anyEntry: fc.Arbitrary<Omit<Entry, 'id'>> = fc
  .record(
    {
      timestamp: fc.double({ min: 0, max: 2e15, noNaN: true }),
      node: mostly(anyText),
      protocol: mostly(fc.constantFrom('http', 'redis')),
      protocols: mostly(fc.array(fc.constantFrom('http', 'redis', 'graphql'), { maxLength: 3 })),
      src: mostly(anyEndpoint),
      dst: mostly(anyEndpoint),
      request: mostly(fc.option(anyRequest)),
      response: mostly(fc.option(anyResponse)),
      method: mostly(methods),
      endpoint: mostly(anyText),
      summary: mostly(anyText),
      status: statuses,
      error: fc.boolean(),
      errorText: mostly(anyText),
      latency: mostly(latencies),
      traceId: mostly(anyText),
      connection: mostly(record({ id: mostly(anyText), index: fc.nat() })),
      capture: anyJson,
      redis: fc.dictionary(anyText, anyJson, { maxKeys: 2, noNullPrototype: true }),
      __proto__: anyJson,
    },
    { requiredKeys: ['timestamp', 'error'], noNullPrototype: true },
  )
  // Through JSON, as entries come from the link: -0 becomes 0, and undefined is not there.
  .map((entry) => JSON.parse(JSON.stringify(entry)) as Omit<Entry, 'id'>);

/** Lists of entries whose ids rise from `firstId`. */
export const anyEntries = (firstId: bigint): fc.Arbitrary<Entry[]> =>
  fc
    .array(anyEntry, { minLength: 1, maxLength: 40 })
    .map((entries) => entries.map((entry, index) => ({ ...entry, id: String(firstId + BigInt(index)) }) as Entry));
