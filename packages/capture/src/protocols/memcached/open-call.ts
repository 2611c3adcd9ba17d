/** A call while it is put together. */

import type { Span } from '../../dissect/dissector.ts';
import { BodyCollector } from '../../http/body.ts';
import type { MemcachedMessage, Value } from './message.ts';

/** Statistics kept of one reply. */
const MAX_STATS = 256;
/** A `mg` that found its key answers so; `HD` when no value was asked for. */
const found = new Set(['VA', 'HD', 'VALUE']);

export type Command = Extract<MemcachedMessage, { kind: 'command' }>;
export type Reply = Extract<MemcachedMessage, { kind: 'reply' }>;

/** A call while it is put together; the session fills it. */
export interface MemcachedCall {
  readonly name: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  readonly isQuiet: boolean;
  readonly opaque: string | undefined;
  /** Null for a reply that no command was seen of. */
  readonly start: number | null;
  end: number;
  size: number;
  replyStart: number | null;
  replyEnd: number | null;
  replySize: number;
  /** How it ended: `STORED`, `END`, `NOT_FOUND`. */
  word: string;
  text: string;
  sent: BodyCollector | undefined;
  /** The first value that came back, and how many did. */
  received: BodyCollector | undefined;
  hits: number;
  stats: [string, string][];
  failure: string | undefined;
  gap: number;
}

/** `limit`: bytes of a value kept. */
export function openCommand(command: Command, span: Span, limit: number): MemcachedCall {
  const call = openCall(command, span);
  if (command.value !== undefined) call.sent = collected(command.value, limit);
  return call;
}

/** A call of which no command was seen. */
export const openReply = (span: Span): MemcachedCall => openCall(undefined, span);

function openCall(command: Command | undefined, span: Span): MemcachedCall {
  return {
    name: command?.name ?? 'reply',
    keys: command?.keys ?? [],
    args: command?.args ?? [],
    isQuiet: command?.isQuiet === true,
    opaque: command?.opaque,
    start: command === undefined ? null : span.first,
    end: span.last,
    size: command?.size ?? 0,
    replyStart: null,
    replyEnd: null,
    replySize: 0,
    word: '',
    text: '',
    sent: undefined,
    received: undefined,
    hits: 0,
    stats: [],
    failure: undefined,
    gap: 0,
  };
}

/** A body with the part of a value that is here. */
function collected(value: NonNullable<Command['value']>, limit: number): BodyCollector {
  const body = new BodyCollector(limit);
  body.append(value.bytes, value);
  return body;
}

/** Adds a reply to what was said; true when it is the last of its call. */
export function addReply(call: MemcachedCall, reply: Reply, span: Span, limit: number): boolean {
  call.replyStart ??= span.first;
  call.replyEnd = span.last;
  call.replySize += reply.size;
  take(call, reply, limit);
  if (reply.isPart && call.start !== null) return false;
  call.word = reply.word;
  call.text = reply.text;
  return true;
}

function take(call: MemcachedCall, { value, word, text, key }: Reply, limit: number): void {
  if (word === 'STAT') {
    const [name = '', ...rest] = key === undefined ? text.split(' ') : [key, value === undefined ? '' : textOf(value)];
    if (call.stats.length < MAX_STATS) call.stats.push([name, rest.join(' ')]);
    return;
  }
  // Of the binary protocol a read that was answered well has found its key.
  if (found.has(word) || (word === 'OK' && /^(get|gat)/.test(call.name))) call.hits++;
  if (value !== undefined && call.received === undefined) call.received = collected(value, limit);
}

const textOf = ({ bytes, start, end }: Value): string =>
  new TextDecoder().decode(bytes.subarray(start, Math.min(end, start + 1024)));
