import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { decodeContent } from './content.ts';
import { payloadOf, plainPayload } from './payload.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const facts = { size: 5, isCut: false, limit: 100 };

test('text is text, other bytes are base64, nothing is nothing', () => {
  expect(plainPayload(bytes('hello'), { ...facts, mime: 'text/plain' })).toEqual({
    size: 5,
    mime: 'text/plain',
    text: 'hello',
  });
  expect(plainPayload(Uint8Array.of(0, 1), { ...facts, size: 2 })).toEqual({ size: 2, base64: 'AAE=' });
  expect(plainPayload(bytes(''), { ...facts, size: 0 })).toBeUndefined();
});

test('what is not shown is told', () => {
  expect(plainPayload(bytes('hello'), { ...facts, limit: 2 })).toEqual({ size: 5, text: 'he', truncated: true });
  expect(plainPayload(bytes('he'), { ...facts, isCut: true })).toEqual({ size: 5, text: 'he', truncated: true });
});

test('encodings that were undone are named', () => {
  const wire = new Uint8Array(gzipSync('hello'));
  expect(payloadOf(decodeContent(wire, ['gzip']), { ...facts, size: wire.length })).toEqual({
    size: wire.length,
    decodedSize: 5,
    encoding: ['gzip'],
    text: 'hello',
  });
});
