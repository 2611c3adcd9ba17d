/** Each limit of the folder: what is kept within it, and what becomes of the rest. */

import { expect, test } from 'vitest';
import { client, server } from '../../dissect/testing/conversation.ts';
import { MAX_PACKETS } from './call.ts';
import { MAX_ALIASES } from './messages.ts';
import { MAX_PROPERTIES, MAX_VALUE_BYTES } from './properties.ts';
import { ack, all, calls, properties, publish, text, u16 } from './testing/packets.ts';
import { MAX_SUMMARY } from './topic.ts';
import { MAX_WAITING_BYTES } from './waiting.ts';
import { MAX_BELIEVABLE_TOPIC, startsWithPacket } from './wire.ts';

test('too much that waits leaves, the oldest first', () => {
  const payload = Buffer.alloc(200_000);
  const count = Math.ceil(MAX_WAITING_BYTES / payload.length) + 1;
  const many = Array.from({ length: count }, (_, i) => publish({ topic: `t${i}`, payload, qos: 1, id: i + 1 }));
  const [first] = calls(4, client(all(...many)));
  expect(first).toMatchObject({
    summary: 'PUBLISH t0',
    error: false,
    anomalies: ['mqtt: too much waits for an acknowledgement'],
  });
});

test('packets of one call are named up to a limit, and counted beyond it', () => {
  const steps = Array.from({ length: 2 * MAX_PACKETS }, () => ack(5, 1));
  const [call] = calls(4, client(publish({ topic: 'a', qos: 2, id: 1 })), server(all(...steps, ack(7, 1))));
  expect(call?.response?.['packets']).toHaveLength(MAX_PACKETS);
  expect(call?.response?.size).toBe(4 * (2 * MAX_PACKETS + 1));
});

test('properties without end are cut', () => {
  const given = properties(...Array.from({ length: 1000 }, (_, i) => all(Uint8Array.of(38), text(`k${i}`), text('v'))));
  const [call] = calls(5, client(publish({ topic: 't', properties: given })));
  expect(Object.keys(call?.request?.headers ?? {})).toHaveLength(MAX_PROPERTIES);
});

test('of values that are no payload the beginning is kept', () => {
  const value = 'v'.repeat(MAX_VALUE_BYTES + 1);
  const given = properties(all(Uint8Array.of(9), text(value)));
  const [call] = calls(5, client(publish({ topic: 't', properties: given })));
  expect(call?.data?.['mqtt']?.['properties']).toEqual({ correlationData: value.slice(0, MAX_VALUE_BYTES) });
});

test('topic aliases of a side are remembered up to a limit', () => {
  const named = (alias: number, topic: string) =>
    publish({ topic, properties: properties(Uint8Array.of(35), u16(alias)) });
  const first = Array.from({ length: MAX_ALIASES + 1 }, (_, i) => named(i + 1, `t${i + 1}`));
  const found = calls(5, client(all(...first, named(MAX_ALIASES, ''), named(MAX_ALIASES + 1, ''))));
  expect(found.slice(-2).map(({ summary }) => summary)).toEqual([
    `PUBLISH t${MAX_ALIASES}`,
    `PUBLISH alias ${MAX_ALIASES + 1}`,
  ]);
});

test('a summary has a bounded length', () => {
  const [short, long] = calls(
    4,
    client(all(publish({ topic: 't'.repeat(MAX_SUMMARY - 8) }), publish({ topic: 't'.repeat(MAX_SUMMARY) }))),
  );
  expect(short?.summary).toBe(`PUBLISH ${'t'.repeat(MAX_SUMMARY - 8)}`);
  expect(long?.summary).toBe(`PUBLISH ${'t'.repeat(MAX_SUMMARY - 8)}…`);
});

test('a stream joined in its middle is believed for topics up to a length', () => {
  const looks = (length: number) => startsWithPacket(publish({ topic: 't'.repeat(length) }), 0, 'server');
  expect(looks(MAX_BELIEVABLE_TOPIC)).toBe('yes');
  expect(looks(MAX_BELIEVABLE_TOPIC + 1)).toBe('no');
});
