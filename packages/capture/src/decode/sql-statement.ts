/** Statements as they come off the wire: their text without passwords, and their shape, made once for each that comes again. */

import type { ProtocolId } from '@kubeshark/model';
import { CallGroup } from '../dissect/call-group.ts';
import { type JsonWriter, piece } from '../json/json-writer.ts';
import { ByteInterner } from './interner.ts';
import { Slab } from './slab.ts';
import { endpointOf, type SqlShape, shapeOf } from './sql.ts';
import { MAX_OUTLINED_BYTES, SqlOutliner } from './sql-outline.ts';
import type { SqlDialect } from './sql-scanner.ts';
import { mayHaveSecrets, withoutSecrets } from './sql-secrets.ts';

/** Statements remembered, twice; an application has some hundreds. */
const REMEMBERED = { capacity: 2048, maxLength: MAX_OUTLINED_BYTES } as const;
/** Characters of a statement in one line of a list. */
const MAX_SUMMARY = 200;

/** Copies of statements that are not made into text. */
const copies = new Slab();
const nothing = new Uint8Array(0);
const ELLIPSIS = piece('…"');

/** What statements have in common that differ in their values only, with its JSON. */
class KeptShape {
  readonly shape: SqlShape;
  readonly group: CallGroup;
  readonly fingerprintJson: Uint8Array;
  /** The members of a call's own values, before and behind the text. */
  readonly head: string;
  readonly headJson: Uint8Array;
  readonly tailJson: Uint8Array;
  /** The statement that is its own outline. */
  whole: SqlStatement | null = null;

  constructor(shape: SqlShape, protocol: ProtocolId) {
    const fingerprint = JSON.stringify(shape.fingerprint);
    this.shape = shape;
    this.group = new CallGroup(endpointOf(shape));
    this.fingerprintJson = piece(fingerprint);
    this.head = `,"${protocol}":{"command":${JSON.stringify(shape.verb)},"query":`;
    this.headJson = piece(this.head);
    this.tailJson = piece(`,"fingerprint":${fingerprint}`);
  }
}

/** A statement: its shape is known, its text is made when somebody asks. */
export class SqlStatement implements SqlShape {
  private readonly kept: KeptShape;
  /** The text as it came, in ASCII and on one line; else `known` has it. */
  private bytes: Uint8Array = nothing;
  private start = 0;
  private end = 0;
  /** The text lies where it was read, and is there until `settle`. */
  private isLent = false;
  private known: string | null = null;
  private textJson: Uint8Array | null = null;
  private summaryJson: Uint8Array | null = null;
  private membersJson: Uint8Array | null = null;
  /** Where its summary was written, when that is all of its text. */
  private writtenIn: JsonWriter | null = null;
  private writtenAt = 0;
  private writtenEnd = 0;

  constructor(kept: KeptShape, text: string | null) {
    this.kept = kept;
    this.known = text;
  }

  /** Its text is written as it is, and not copied yet. */
  lend(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.isLent = true;
    return this;
  }

  /** What was lent goes away: takes a copy of its text. */
  settle(): this {
    if (!this.isLent) return this;
    this.isLent = false;
    const length = this.end - this.start;
    this.start = copies.copy(this.bytes, this.start, this.end);
    this.bytes = copies.block;
    this.end = this.start + length;
    return this;
  }

  /** For what lives longer than a call: lets go of the copy, and has what is written ready. */
  keep(): this {
    this.known = this.text;
    this.isLent = false;
    this.textJson ??= piece(JSON.stringify(this.known));
    this.summaryJson ??= piece(JSON.stringify(this.summary));
    this.bytes = nothing;
    return this;
  }

  get verb(): string {
    return this.kept.shape.verb;
  }

  get target(): string | undefined {
    return this.kept.shape.target;
  }

  get fingerprint(): string {
    return this.kept.shape.fingerprint;
  }

  /** `SELECT orders`. */
  get endpoint(): string {
    return this.kept.group.endpoint;
  }

  get group(): CallGroup {
    return this.kept.group;
  }

  get text(): string {
    return this.known ?? Buffer.prototype.latin1Slice.call(this.bytes, this.start, this.end);
  }

  /** The text in one line, cut for a list. */
  get summary(): string {
    return oneLine(this.text);
  }

  writeText(json: JsonWriter): void {
    if (this.known !== null) {
      this.textJson ??= piece(JSON.stringify(this.known));
      json.copyOf(this.textJson);
    } else if (json === this.writtenIn) json.again(this.writtenAt, this.writtenEnd);
    else json.ascii(this.bytes, this.start, this.end);
  }

  writeSummary(json: JsonWriter): void {
    if (this.known !== null) {
      this.summaryJson ??= piece(JSON.stringify(this.summary));
      return json.copyOf(this.summaryJson);
    }
    const { bytes, start, end } = this;
    if (end - start <= MAX_SUMMARY) {
      this.writtenIn = json;
      this.writtenAt = json.length;
      json.ascii(bytes, start, end);
      this.writtenEnd = json.length;
      return;
    }
    json.ascii(bytes, start, start + MAX_SUMMARY);
    json.reopen();
    json.copyOf(ELLIPSIS);
  }

  writeFingerprint(json: JsonWriter): void {
    json.copyOf(this.kept.fingerprintJson);
  }

  /** How the own values of a call begin that runs it: the protocol's key, and what is to be said of the statement. */
  writeMembers(json: JsonWriter): void {
    const { kept, known } = this;
    if (known === null || known.length > MAX_OUTLINED_BYTES) {
      json.copyOf(kept.headJson);
      this.writeText(json);
      return json.copyOf(kept.tailJson);
    }
    this.membersJson ??= piece(
      `${kept.head}${JSON.stringify(known)},"fingerprint":${JSON.stringify(kept.shape.fingerprint)}`,
    );
    json.copyOf(this.membersJson);
  }
}

/** Statements of one dialect by their bytes. */
export class SqlStatements {
  private readonly dialect: SqlDialect;
  private readonly protocol: ProtocolId;
  private readonly outliner: SqlOutliner;
  private readonly known: ByteInterner<SqlStatement>;
  /** Shapes by outlines; null where a statement may be secret, which its text decides. */
  private readonly shapes: ByteInterner<KeptShape | null>;
  /** Of the statement that is asked for. */
  private kept: KeptShape | null = null;

  constructor(dialect: SqlDialect, protocol: ProtocolId) {
    this.dialect = dialect;
    this.protocol = protocol;
    this.outliner = new SqlOutliner(dialect);
    this.known = new ByteInterner((bytes, start, end) => this.make(bytes, start, end), REMEMBERED);
    this.shapes = new ByteInterner((bytes, start, end) => this.shape(bytes, start, end), REMEMBERED);
  }

  /** The statement whose UTF-8 text is `bytes[start, end)`. */
  of(bytes: Uint8Array, start: number, end: number): SqlStatement {
    return this.lent(bytes, start, end).settle();
  }

  /** The same where the bytes stay until it is settled: most statements never have to be copied. */
  lent(bytes: Uint8Array, start: number, end: number): SqlStatement {
    const { outliner } = this;
    const hasOutline = outliner.read(bytes, start, end);
    this.kept = hasOutline ? this.shapes.of(outliner.bytes, 0, outliner.length) : null;
    if (this.kept === null || !outliner.isAscii || !outliner.isOneLine) return this.known.of(bytes, start, end);
    if (outliner.isWhole) return this.wholeOf(this.kept, bytes, start, end);
    return new SqlStatement(this.kept, null).lend(bytes, start, end);
  }

  /** Without literals all statements of an outline are the same one. */
  private wholeOf(kept: KeptShape, bytes: Uint8Array, start: number, end: number): SqlStatement {
    kept.whole ??= new SqlStatement(kept, Buffer.prototype.latin1Slice.call(bytes, start, end));
    return kept.whole;
  }

  /** An outline is a statement too, and has the shape of those it is the outline of. */
  private shape(bytes: Uint8Array, start: number, end: number): KeptShape | null {
    const outline = Buffer.prototype.latin1Slice.call(bytes, start, end);
    return mayHaveSecrets(outline) ? null : new KeptShape(shapeOf(outline, this.dialect), this.protocol);
  }

  private make(bytes: Uint8Array, start: number, end: number): SqlStatement {
    const whole = Buffer.prototype.utf8Slice.call(bytes, start, end);
    if (this.kept !== null) return new SqlStatement(this.kept, whole);
    const text = withoutSecrets(whole, this.dialect);
    return new SqlStatement(new KeptShape(shapeOf(text, this.dialect), this.protocol), text);
  }
}

/** Text in one line of a list. */
export function oneLine(text: string): string {
  // Folding white space only makes it shorter: a few times the length is enough to look at.
  const line = text
    .slice(0, MAX_SUMMARY * 8)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > MAX_SUMMARY ? `${line.slice(0, MAX_SUMMARY)}…` : line;
}
