/** What a call writes of itself is held against its description by `dissectAll`. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Avp, groupAvp, intAvp, longAvp, message, textAvp } from '../../../fixtures/diameter/peer.ts';
import { client, dissectAll, server, type Turn } from '../../dissect/testing/conversation.ts';
import { MAX_MEMBERS } from '../../json/members.ts';
import { MAX_FACTS } from './avp-facts.ts';
import { diameter } from './index.ts';
import { MAX_DEPTH } from './values.ts';

const CREDIT = { command: 272, application: 4 };
const said = (id: number, asked: readonly Avp[], answered: readonly Avp[], flags = 0x40): Turn[] => [
  client(message({ ...CREDIT, id, flags: 0xd0 }, asked)),
  server(message({ ...CREDIT, id, flags }, answered)),
];
const written = (asked: readonly Avp[], answered: readonly Avp[]) => dissectAll(diameter, said(1, asked, answered))[0];

/** Of every type, those that are told of a call, secrets, groups, and some that no table has. */
const codes = [1, 2, 55, 257, 263, 264, 268, 281, 283, 293, 296, 297, 298, 415, 416, 421, 429, 432, 443, 444, 456, 480];
const code = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...codes) }, { weight: 1, arbitrary: fc.nat(70_000) });
const value = fc.oneof(
  fc
    .string({ unit: fc.constantFrom(...Array.from('ab"\\\n\u0001äß€😀,;')), maxLength: 10 })
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 20 }),
  fc
    .constantFrom('00000001', '00000002', '80000000', '0001c0000201', '00000000ffffffff', 'ffffffffffffffff', '')
    .map((hex) => Buffer.from(hex, 'hex')),
  fc.constant(Buffer.from('x'.repeat(210))),
);
const vendor = fc.option(fc.constantFrom(0, 9, 10_415, 4711), { nil: undefined });
const { avps } = fc.letrec<{ avps: Avp[]; avp: Avp }>((tie) => ({
  avps: fc.array(tie('avp'), { maxLength: 6, depthIdentifier: 'avps' }),
  avp: fc.oneof(
    { weight: 4, arbitrary: fc.record({ code, value, vendor }).map(plain) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(443, 456, 437, 297), tie('avps')).map(([at, in_]) => groupAvp(at, in_)),
    },
  ),
}));

function plain(avp: { readonly code: number; readonly value: Uint8Array; readonly vendor: number | undefined }): Avp {
  const { code: number, value: bytes, vendor: of } = avp;
  return of === undefined ? { code: number, value: bytes } : { code: number, value: bytes, vendor: of };
}

test('calls are written as they are described, whatever AVPs they have', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(avps, avps, fc.constantFrom(0x40, 0x60)), { minLength: 1, maxLength: 4 }),
      (calls) => {
        const turns = [
          // Without AVPs nothing tells that it is Diameter.
          ...said(99, [textAvp(264, 'a')], [textAvp(264, 'b')]),
          ...calls.flatMap(([asked, answered, flags], i) => said(i, asked, answered, flags)),
        ];
        expect(dissectAll(diameter, turns)).toHaveLength(1 + calls.length);
      },
    ),
    { numRuns: 200 },
  );
});

test('AVPs that come again are lists where the first one stood', () => {
  const call = written(
    [textAvp(263, 's'), textAvp(282, 'one'), groupAvp(443, [intAvp(450, 0)]), textAvp(282, 'two'), groupAvp(443, [])],
    [intAvp(268, 2001), textAvp(282, 'back')],
  );
  expect(JSON.stringify(call?.request?.['avps'])).toBe(
    '{"Session-Id":"s","Route-Record":["one","two"],"Subscription-Id":[{"Subscription-Id-Type":"E164"},{}]}',
  );
});

test('a summary that is too long is cut', () => {
  const call = written([textAvp(263, 'x'.repeat(300))], [intAvp(268, 2001)]);
  expect(call?.summary).toHaveLength(201);
  expect(written([textAvp(263, 'ä'.repeat(150))], [intAvp(268, 2001)])?.summary).toContain('→ SUCCESS');
});

test('more AVPs than are written, or deeper groups, are described', () => {
  let nested: Avp = longAvp(421, 1);
  for (let depth = 0; depth < 2 * MAX_DEPTH; depth++) nested = groupAvp(456, [nested]);
  const many = Array.from({ length: MAX_MEMBERS + 1 }, () => intAvp(432, 1));
  expect(written(many, [])?.request).toMatchObject({ avps: { 'Rating-Group': many.map(() => 1) } });
  expect(written([groupAvp(456, many)], [nested])?.response).not.toBeNull();
});

test('a flood of AVPs of vendors makes the memory start afresh', () => {
  const each = 200;
  const calls = Array.from({ length: (2 * MAX_FACTS) / each }, (_, i) =>
    Array.from({ length: each }, (_value, j) => ({ code: j, vendor: 1000 + i, value: Buffer.from('v') })),
  );
  const found = dissectAll(
    diameter,
    calls.flatMap((avpsOfCall, i) => said(i, avpsOfCall, [])),
  );
  expect(found).toHaveLength(calls.length);
});

test('what waits longer than its chunk is kept', () => {
  const turns = Array.from({ length: 20 }, (_, i) => said(i, [textAvp(1, `u${i}`)], [intAvp(268, 2001)]));
  const calls = dissectAll(diameter, [...turns.flatMap(([ask = []]) => ask), ...turns.flatMap(([, say = []]) => say)]);
  expect(calls.map(({ summary }) => summary)).toEqual(turns.map((_, i) => `Credit-Control u${i} → SUCCESS`));
});
