/**
 * What one side said: a method, and the message that came with it. Arguments and properties stay bytes until somebody asks
 * for them; of the commonest methods the session needs little, and has it without an object made of all.
 */

import type { JsonObject, JsonValue } from '@kubeshark/model';
import { internedText } from '../../decode/interned-text.ts';
import { Slab } from '../../decode/slab.ts';
import type { Span } from '../../dissect/dissector.ts';
import { Content } from '../../http/content.ts';
import { Spares } from '../../http/spares.ts';
import { type Method, methodOf, numberedMethod } from './method.ts';
import { type Route, routeAt } from './names.ts';
import { readArguments } from './values.ts';
import { type Frame, long } from './wire.ts';

const slab = new Slab();
const NOTHING = new Uint8Array(0);

/** Class and method before the arguments. */
const CODE_BYTES = 4;
const TICKET_BYTES = 2;
const TAG_BYTES = 8;
/** A content header's payload before its properties: class, weight, size of the body (§2.3.5.2). */
const CONTENT_HEAD_BYTES = 12;
/** Upper halves of 64 bits below it make numbers that are exact. */
const EXACT_HIGH = 0x20_0000;

const CONNECTION = 10;
const PUBLISH = 0x3c0028;
const DELIVER = 0x3c003c;
const ACK = 0x3c0050;
const REJECT = 0x3c005a;
const NACK = 0x3c0078;

/** A method whose arguments are read where they lie: a published message, a delivery, or what settles one. */
export type Usual = 'publish' | 'deliver' | 'settle';

export class Half extends Content {
  name = '';
  /** Undefined for a number nobody knows. */
  method: Method | undefined;
  /** Set where the arguments are those of such a method, whole. */
  usual: Usual | undefined;
  /** Of a message. */
  route: Route | undefined;
  /** Of a delivery. */
  consumerTag = '';
  /** Of a delivery, or of what settles one or several. */
  tag = 0;
  /** The octet of bits of a usual method. */
  bits = 0;
  start = 0;
  end = 0;
  /** Bytes on the wire, frames included. */
  size = 0;
  gap = 0;
  /** More was sent than was read. */
  isShort = false;
  /** Size of the message's body as announced; -1 before its header. */
  announced = -1;
  #fields: JsonObject | undefined;
  /** Arguments and properties as they were sent. */
  #argumentBlock: Uint8Array = NOTHING;
  #argumentStart = 0;
  #argumentEnd = 0;
  propertyBlock: Uint8Array = NOTHING;
  propertyStart = 0;
  propertyEnd = 0;
  #isBorrowed = false;

  /** Becomes what a frame says, or nothing but a name. */
  #begin(name: string, method: Method | undefined, { first, last }: Span): this {
    this.name = name;
    this.method = method;
    this.usual = undefined;
    this.route = undefined;
    this.consumerTag = '';
    this.tag = 0;
    this.bits = 0;
    this.start = first;
    this.end = last;
    this.size = 0;
    this.gap = 0;
    this.isShort = false;
    this.announced = -1;
    this.#fields = undefined;
    this.#isBorrowed = false;
    return this;
  }

  /** A step of something that is told as one. */
  static named(name: string, span: Span): Half {
    const half = (spares.take() ?? new Half()).#begin(name, undefined, span);
    half.#fields = {};
    return half;
  }

  /** `isBorrowed`: the bytes stay as they are until `keep`. */
  static of(frame: Frame, span: Span, isBorrowed: boolean): Half {
    const { bytes, start, end } = frame;
    const code = long(bytes, start);
    const method = methodOf(code);
    const half = (spares.take() ?? new Half()).#begin(method?.name ?? numberedMethod(code), method, span);
    half.size = frame.size;
    half.isShort = frame.left > 0;
    const from = start + CODE_BYTES;
    // What the class `connection` says may be secret: of that no bytes are kept.
    if (code >>> 16 === CONNECTION) {
      half.#fields = fieldsOf(half, bytes, from, end);
      return half;
    }
    half.#isBorrowed = isBorrowed;
    half.#argumentStart = isBorrowed ? from : slab.copy(bytes, from, Math.max(from, end));
    half.#argumentBlock = isBorrowed ? bytes : slab.block;
    half.#argumentEnd = half.#argumentStart + Math.max(0, end - from);
    half.#look(code);
    return half;
  }

  /** What was told under another name is this after all. */
  say(name: string, fields: JsonObject): void {
    this.name = name;
    this.#fields = fields;
  }

  /** Nobody looks at it any more. */
  release(): void {
    this.clearContent();
    this.#argumentBlock = NOTHING;
    this.propertyBlock = NOTHING;
    this.#fields = undefined;
    spares.give(this);
  }

  /** What it borrowed of the chunk goes away: copies it. */
  keep(): void {
    if (!this.#isBorrowed) return;
    this.#isBorrowed = false;
    const length = this.#argumentEnd - this.#argumentStart;
    this.#argumentStart = slab.copy(this.#argumentBlock, this.#argumentStart, this.#argumentEnd);
    this.#argumentBlock = slab.block;
    this.#argumentEnd = this.#argumentStart + length;
    if (this.announced < 0) return;
    this.#copyProperties(this.propertyBlock, this.propertyStart, this.propertyEnd);
    this.keepContent();
  }

  #copyProperties(bytes: Uint8Array, start: number, end: number): void {
    this.propertyStart = slab.copy(bytes, start, end);
    this.propertyBlock = slab.block;
    this.propertyEnd = this.propertyStart + end - start;
  }

  /** The arguments of its method. */
  get fields(): JsonObject {
    this.#fields ??= fieldsOf(this, this.#argumentBlock, this.#argumentStart, this.#argumentEnd);
    return this.#fields;
  }

  get hasMessage(): boolean {
    return this.announced >= 0;
  }
  get deliveryTag(): number {
    return this.usual === undefined ? numberIn(this.fields, 'deliveryTag') : this.tag;
  }
  get replyCode(): JsonValue | undefined {
    return this.usual === undefined ? this.fields['replyCode'] : undefined;
  }
  get isMultiple(): boolean {
    if (this.usual === undefined) return this.fields['multiple'] === true;
    return this.name !== 'basic.reject' && (this.bits & 1) !== 0;
  }

  /** Takes the message that a content header announces, unless it is too short to be one. */
  announce({ bytes, start, end, left }: Frame, isBorrowed: boolean): void {
    this.isShort ||= left > 0;
    if (end - start < CONTENT_HEAD_BYTES) return;
    // Either all of it is borrowed or nothing.
    if (!isBorrowed) this.keep();
    this.announced = long(bytes, start + 4) * 0x1_0000_0000 + long(bytes, start + 8);
    if (this.#isBorrowed) {
      this.propertyBlock = bytes;
      this.propertyStart = start + CONTENT_HEAD_BYTES;
      this.propertyEnd = end;
    } else this.#copyProperties(bytes, start + CONTENT_HEAD_BYTES, end);
  }

  /** More of the body. */
  take({ bytes, start, end }: Frame, limit: number, isBorrowed: boolean): void {
    this.append(bytes, { start, end, limit, isBorrowed: isBorrowed && this.#isBorrowed });
  }

  /** Bytes of the body are lost. */
  lose(length: number): void {
    this.skip(length);
  }

  /** Does it have all of the message it announces? */
  get isWhole(): boolean {
    return this.announced >= 0 && this.bodySize >= this.announced;
  }

  /** A message that is announced and not here, whole or in part, is cut too. */
  get isTruncated(): boolean {
    if (this.isShort) return true;
    if (this.announced < 0) return this.method?.hasContent === true;
    return this.isCut || this.bodySize < this.announced;
  }

  /** Finds what is needed of a usual method; all of it is there, or it counts as any other. */
  #look(code: number): void {
    const start = this.#argumentStart;
    const end = this.#argumentEnd;
    switch (code) {
      case PUBLISH:
        if (this.#route(start + TICKET_BYTES) !== end - 1) return;
        this.bits = this.#argumentBlock[end - 1] ?? 0;
        this.usual = 'publish';
        return;
      case DELIVER: {
        const tagAt = this.#behind(start);
        if (!this.#number(tagAt) || this.#route(tagAt + TAG_BYTES + 1) !== end) return;
        this.consumerTag = internedText(this.#argumentBlock, start + 1, tagAt);
        this.bits = this.#argumentBlock[tagAt + TAG_BYTES] ?? 0;
        this.usual = 'deliver';
        return;
      }
      case ACK:
      case REJECT:
      case NACK:
        if (start + TAG_BYTES + 1 !== end || !this.#number(start)) return;
        this.bits = this.#argumentBlock[end - 1] ?? 0;
        this.usual = 'settle';
    }
  }

  /** Where what stands behind a short string begins. */
  #behind(at: number): number {
    return at + 1 + (this.#argumentBlock[at] ?? 0);
  }

  /** Takes exchange and routing key; answers where they end, -1 when that is not here. */
  #route(start: number): number {
    const keyAt = this.#behind(start);
    const end = this.#behind(keyAt);
    if (keyAt >= this.#argumentEnd || end > this.#argumentEnd) return -1;
    this.route = routeAt(this.#argumentBlock, start, end);
    return end;
  }

  /** Takes a delivery tag; false when a number cannot say it, or it is not here. */
  #number(at: number): boolean {
    const high = long(this.#argumentBlock, at);
    this.tag = high * 0x1_0000_0000 + long(this.#argumentBlock, at + 4);
    return at + TAG_BYTES <= this.#argumentEnd && high < EXACT_HIGH;
  }
}

const spares = new Spares<Half>();

function fieldsOf({ name, method }: Half, bytes: Uint8Array, start: number, end: number): JsonObject {
  if (method === undefined) return {};
  const read = readArguments(method.fields, bytes, start, end);
  return name.endsWith('.close') ? closeFields(read) : read;
}

/** The method that a close names by its numbers, as `cause`. */
function closeFields({ classId, methodId, ...rest }: JsonObject): JsonObject {
  const code = Number(classId) * 0x10000 + Number(methodId);
  return code > 0 ? { ...rest, cause: methodOf(code)?.name ?? numberedMethod(code) } : rest;
}

export const textIn = (fields: JsonObject, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
};
export const numberIn = (fields: JsonObject, name: string): number => Number(fields[name] ?? 0);
