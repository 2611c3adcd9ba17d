/** What a call writes of itself is held against its description by `dissectAll`. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { client, dissectAll, server, type Turn } from '../../dissect/testing/conversation.ts';
import { dubbo } from './index.ts';
import { asks, invocation, map, says, text } from './testing/messages.ts';

const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(' ', ''), 'hex');
/** Numbers in every form, dates, binary, what is no number, what refers to another, and codes that are none. */
const scalars = [
  '80 bf c700 cfff d00000 d7ffff 49fffffffe d8 ef f000 ffff 380000 3fffff 5900000007 4c0000010000000000',
  '4c7fffffffffffffff 4cffffffffffffffff 4cffdfffffffffffff 5b 5c 5d80 5e8000 5f000005dc 5f80000000 443ff8000000000000',
  '447ff8000000000000 448000000000000000 4a0000018bcfe56800 4a7fffffffffffffff 4b00000001 4e 54 46 00 20 22abcd 3401ff',
  '420002abcd 410002abcd420001ef 520002686953000121 02c3b6c39f 5191 40 4d 5a 60',
].flatMap((line) => line.split(' '));
const letters = fc.string({ unit: fc.constantFrom(...Array.from('ab"\\\n\u0001äß€😀,')), maxLength: 8 });
const name = fc.oneof(fc.constantFrom('item', 'id', 'class', '7', '__proto__', '', 'token', 'a'), letters);
const scalar = fc.oneof(
  fc.constantFrom(...scalars).map(hex),
  letters.map((value) => Buffer.concat([Uint8Array.of(value.length), Buffer.from(value)])),
  fc.constantFrom('x'.repeat(300), 'ä'.repeat(150), 'y'.repeat(5000)).map(text),
);

const { value } = fc.letrec<{ value: Buffer; pairs: (readonly [Buffer, Buffer])[] }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    { weight: 5, arbitrary: scalar },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(0x70, 0x78), fc.array(tie('value'), { maxLength: 4 }))
        .map(([code, items]) =>
          Buffer.concat([Uint8Array.of(code + items.length), code === 0x70 ? text('[int') : hex(''), ...items]),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('57', '5500', '5890', '5892', '56c800', '58c803'),
          fc.array(tie('value'), { maxLength: 4 }),
        )
        .map(([head, items]) => Buffer.concat([hex(head), ...items, hex('5a')])),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('48', '4d00'), tie('pairs'))
        .map(([head, pairs]) => Buffer.concat([hex(head), ...pairs.flat(), hex('5a')])),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('shop.Order', 'java.lang.Error', ''), fc.array(name, { maxLength: 3 }), tie('pairs'))
        .map(([type, fields, pairs]) =>
          Buffer.concat([
            hex('43'),
            text(type),
            Uint8Array.of(0x90 + fields.length),
            ...fields.map(text),
            hex('60'),
            ...pairs.map(([, item]) => item),
          ]),
        ),
    },
  ),
  pairs: fc.array(fc.tuple(fc.oneof(name.map(text), scalar), tie('value')), { maxLength: 4 }),
}));

const types = ['I', 'Ljava/lang/String;', '[J', 'Lshop/Order;'];
const attachments = fc.dictionary(
  fc.constantFrom('path', 'token', 'traceparent', 'x-request-id', 'b3', 'Trace', 'interface'),
  fc.constantFrom('shop.Orders', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', 'ö'),
);
const call = fc.record({
  method: fc.constantFrom('get', 'größe', 'a"b', 'x'.repeat(150), ''),
  values: fc.array(value, { maxLength: 3 }),
  more: attachments,
  flag: fc.constantFrom(0x90, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x49),
  result: value,
  answers: attachments,
  isOneWay: fc.boolean(),
  status: fc.constantFrom(20, 20, 20, 70),
});

const turnsOf = (id: number, parts: typeof call extends fc.Arbitrary<infer Parts> ? Parts : never): Turn[] => {
  const { method, values, more, flag, result, answers, isOneWay, status } = parts;
  const signature = values.map((_, i) => types[i % types.length]).join('');
  const request = asks(id, invocation(method, signature, values, more), isOneWay ? 0x82 : 0xc2);
  return isOneWay ? [request] : [request, says(id, Buffer.concat([Uint8Array.of(flag), result, map(answers)]), status)];
};

test('calls are written as they are described, whatever they hold', () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 4 }), (calls) => {
      expect(
        dissectAll(
          dubbo,
          calls.flatMap((parts, i) => turnsOf(i, parts)),
        ),
      ).toHaveLength(calls.length);
    }),
    { numRuns: 300 },
  );
});

test('bytes that were changed are described, or written as they are described', () => {
  fc.assert(
    fc.property(call, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }), (parts, changes) => {
      const turns = turnsOf(1, parts).map(({ side, bytes }) => {
        const changed = Buffer.from(bytes);
        for (const [at, byte] of changes) changed[16 + (at % Math.max(1, changed.length - 16))] = byte;
        return side === 'client' ? client(changed) : server(changed);
      });
      dissectAll(dubbo, turns);
    }),
    { numRuns: 300 },
  );
});

test('a summary is cut where its arguments become too long', () => {
  for (let length = 170; length < 200; length++) {
    const body = invocation('put', 'ILjava/lang/String;I', [hex('97'), text('x'.repeat(length)), hex('98')]);
    const [found] = dissectAll(dubbo, [asks(1, body), says(1, hex('92'))]);
    expect(found?.summary.length).toBeLessThanOrEqual(201);
  }
});

test('an exception without a message, and one that is no object', () => {
  const nothing = Buffer.concat([hex('90 43'), text('java.lang.Error'), hex('90 60')]);
  const calls = [nothing, Buffer.concat([hex('90'), text('odd')]), hex('90 4e')].flatMap((body, i) => [
    asks(i, invocation('get')),
    says(i, body),
  ]);
  expect(dissectAll(dubbo, calls).map(({ errorText }) => errorText)).toEqual([
    'java.lang.Error',
    'exception',
    'exception',
  ]);
});

test('attachments that come again are written as they are described', () => {
  const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const all = [{ path: 'Orders', token: 's3cret' }, {}, { path: 'Orders', traceparent: trace }, { a: 'ö"' }];
  const turns = all.flatMap((sent, i) =>
    [1, 2, 3, 4].flatMap((time) => [
      asks(10 * i + time, invocation('get', '', [], sent)),
      says(10 * i + time, Buffer.concat([hex('95'), map(sent)])),
    ]),
  );
  const calls = dissectAll(dubbo, turns);
  expect(calls.map(({ traceId }) => traceId)).toEqual(all.flatMap((_, i) => new Array(4).fill(calls[4 * i]?.traceId)));
  expect(calls[8]?.traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  expect(JSON.stringify(calls)).not.toContain('s3cret');
});

test('attachments with objects are of the classes before them', () => {
  const withObject = Buffer.concat([hex('48'), text('order'), hex('60 90 5a')]);
  const turns = ['item', 'id', 'item', 'id', 'price', 'price'].flatMap((field, i) => {
    const order = Buffer.concat([hex('43'), text('Order'), hex('91'), text(field), hex('60 91')]);
    const head = ['2.0.2', 'Orders', '1.0', 'put', 'LOrder;'].map(text);
    return [asks(i, Buffer.concat([...head, order, withObject])), says(i, hex('92'))];
  });
  const attached = dissectAll(dubbo, turns).map(({ request }) => JSON.stringify(request?.['attachments']));
  expect(attached[0]).toBe('{"order":{"class":"Order","item":0}}');
  expect(attached[5]).toBe('{"order":{"class":"Order","price":0}}');
});

test('what waits longer than its chunk is kept, and answered in any order', () => {
  const all = Array.from({ length: 20 }, (_, i) => i);
  const turns = all.map((i) => asks(i, invocation('get', 'I', [Uint8Array.of(0x90 + i)])));
  const answers = all.map((i) => says(i, hex('92'))).toReversed();
  const calls = dissectAll(dubbo, [...turns, ...answers]);
  expect(calls.map(({ summary }) => summary)).toEqual(all.map((i) => `Orders.get(${i})`).toReversed());
});
