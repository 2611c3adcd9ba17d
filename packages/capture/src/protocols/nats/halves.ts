/** Halves of calls, made of what was read: their contents lie in the chunk until they are copied. */

import { Slab } from '../../decode/slab.ts';
import type { Span } from '../../dissect/dissector.ts';
import type { Half } from './call.ts';
import type { MessageFrame } from './frames.ts';
import type { NatsMessage } from './wire.ts';
import { meaningOf } from './words.ts';

type Message = Extract<NatsMessage, { kind: 'message' }>;

/** A message that is wholly here: a frame tells more of it. */
export interface Usual {
  readonly kind: 'usual';
  bytes: Uint8Array;
  size: number;
}

/** Copies of payloads, of all connections. */
const copies = new Slab();

/** `limit`: bytes kept of a payload. */
export function halfOf(message: Message, { first, last }: Span, limit: number): Half {
  const { verb, rest, words, content, headerBytes, length, size } = message;
  const most = headerBytes + limit;
  const kept = content.length > most ? content.subarray(0, most) : content;
  const { subject, replyTo, queueGroup, sid, text } = meaningOf(verb, words, rest);
  const facts = { verb, content: kept, headerBytes, length, start: first, end: last, size, gap: 0 };
  return { ...facts, subject, replyTo, queueGroup, sid, text, isBorrowed: true };
}

export function usualHalf(
  frame: MessageFrame,
  { bytes, size }: Usual,
  { span, limit }: { readonly span: Span; readonly limit: number },
): Half {
  const { verb, subject, replyTo, sid, contentStart, contentEnd } = frame;
  const length = contentEnd - contentStart;
  return {
    verb,
    content: bytes.subarray(contentStart, contentStart + Math.min(length, limit)),
    headerBytes: 0,
    length,
    start: span.first,
    end: span.last,
    size,
    gap: 0,
    subject,
    replyTo,
    queueGroup: undefined,
    sid,
    text: '',
    isBorrowed: true,
  };
}

/** The chunk goes away: copies what lies in it, once. */
export function keep(half: Half): void {
  if (!half.isBorrowed) return;
  half.content = copies.keep(half.content);
  half.isBorrowed = false;
}
