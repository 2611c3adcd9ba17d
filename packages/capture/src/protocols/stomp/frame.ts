/** A frame where it lies: its command, where its headers stand, and its body. Over, it is used again for another. */

import { ByteInterner } from '../../decode/interner.ts';
import { Slab } from '../../decode/slab.ts';
import type { Span } from '../../dissect/dissector.ts';
import { BodyCollector } from '../../http/body.ts';
import { Spares } from '../../http/spares.ts';
import { type Command, NO_COMMAND } from './commands.ts';
import { HeaderName, ROLES, Role, unescaped } from './headers.ts';

const NOTHING = new Uint8Array(0);
/** Of frames that wait when their chunk goes away. */
const slab = new Slab();
/** Half as many are kept. */
const KEPT_TYPES = { capacity: 256, maxLength: 128 } as const;

const mimeOf = (contentType: string): string => (contentType.split(';')[0] ?? '').trim().toLowerCase();
const types = new ByteInterner(
  (bytes, start, end) => mimeOf(Buffer.prototype.utf8Slice.call(bytes, start, end)),
  KEPT_TYPES,
);

export class Frame {
  static take(): Frame {
    return spares.take() ?? new Frame();
  }

  command: Command = NO_COMMAND;
  /** Where values of headers lie: in the chunk as they came, until `keep`. */
  private bytes: Uint8Array = NOTHING;
  private isBorrowed = false;
  /** Headers kept. What stands behind as many in the lists is another frame's. */
  count = 0;
  readonly names: HeaderName[] = [];
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  /** By role, where the first header that has it stands. */
  private readonly firsts = new Int16Array(ROLES);
  /** Values, or names, are written with escapes. */
  private hasEscapes = false;
  /** A header may tell a trace. */
  hasTrace = false;
  /** Headers beyond the limit, those that are none, or bytes that are missing at the end. */
  isCut = false;
  start = Number.NaN;
  end = Number.NaN;
  /** Bytes on the wire, so far. */
  size = 0;
  gap = 0;
  readonly body = new BodyCollector(0);
  /** Media type of the body, without its parameters. */
  mime = '';

  /** Begins as another frame. */
  begin(command: Command, bytes: Uint8Array): void {
    this.command = command;
    this.bytes = bytes;
    this.count = 0;
    this.firsts.fill(-1);
    this.hasEscapes = false;
    this.hasTrace = false;
    this.isCut = false;
  }

  /** A header, whose value is `bytes[start, end)`. */
  add(name: HeaderName, start: number, end: number, hasEscapes: boolean): void {
    const plain = hasEscapes && name.text.includes('\\') ? new HeaderName(unescaped(name.text)) : name;
    if (plain.role === Role.PASSCODE) return;
    if (hasEscapes) this.hasEscapes = true;
    if (plain.isTrace) this.hasTrace = true;
    if ((this.firsts[plain.role] ?? 0) < 0) this.firsts[plain.role] = this.count;
    this.names[this.count] = plain;
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.count++;
  }

  /** The head was read; `limit`: bytes of the body kept. */
  open({ first, last }: Span, size: number, limit: number, isBorrowed: boolean): void {
    this.start = first;
    this.end = last;
    this.size = size;
    this.gap = 0;
    this.body.begin(limit);
    this.isBorrowed = true;
    const at = this.find(Role.CONTENT_TYPE);
    if (at < 0) this.mime = '';
    else if (this.hasEscapes) this.mime = mimeOf(this.textAt(at));
    else this.mime = types.of(this.bytes, this.starts[at] ?? 0, this.ends[at] ?? 0);
    if (!isBorrowed) this.keep();
  }

  /** Where the header with this role stands, the first of them; -1 when there is none. Later ones are history. */
  find(role: Role): number {
    return this.firsts[role] ?? -1;
  }

  textAt(at: number): string {
    const text = Buffer.prototype.utf8Slice.call(this.bytes, this.starts[at] ?? 0, this.ends[at] ?? 0);
    return this.hasEscapes ? unescaped(text) : text;
  }

  /** The value of the header with this role. */
  textOf(role: Role): string | undefined {
    const at = this.find(role);
    return at < 0 ? undefined : this.textAt(at);
  }

  /** A header of any name. */
  named(name: string): string | undefined {
    const at = this.names.findIndex(({ text }, index) => index < this.count && text === name);
    return at < 0 ? undefined : this.textAt(at);
  }

  /** What was read, for those who look at the bytes themselves; null when they are not what they stand for. */
  get plainBytes(): Uint8Array | null {
    return this.hasEscapes ? null : this.bytes;
  }

  startOf(at: number): number {
    return this.starts[at] ?? 0;
  }

  endOf(at: number): number {
    return this.ends[at] ?? 0;
  }

  /** What it borrowed of the chunk goes away: the values are copied, and nothing of what stood between them. */
  keep(): void {
    this.body.keep();
    if (!this.isBorrowed) return;
    this.isBorrowed = false;
    let room = 0;
    for (let at = 0; at < this.count; at++) room += this.endOf(at) - this.startOf(at);
    let to = slab.reserve(room);
    const { block } = slab;
    for (let at = 0; at < this.count; at++) {
      const start = to;
      for (let from = this.startOf(at); from < this.endOf(at); from++) block[to++] = this.bytes[from] ?? 0;
      this.starts[at] = start;
      this.ends[at] = to;
    }
    slab.use(to);
    this.bytes = block;
  }

  /** Nobody looks at it any more. */
  release(): void {
    this.bytes = NOTHING;
    this.body.begin(0);
    spares.give(this);
  }
}

const spares = new Spares<Frame>();
