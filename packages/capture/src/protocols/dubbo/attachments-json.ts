/** The attachments at the end of a body as JSON: those that are known, or read once more. */

import { traceIdOf } from '../../decode/trace.ts';
import { type JsonWriter, piece } from '../../json/json-writer.ts';
import { type Attachments, KnownAttachments } from './attachments.ts';
import type { HessianJson } from './hessian-json.ts';

const ATTACHMENTS = piece(',"attachments":');
/** Attachments that may tell a trace. */
const traces = new Map<string, string>();
const attachments = new KnownAttachments();

/** The attachments at the end of a body: known, or read aside. */
export class AttachmentsRead {
  private readonly reader: HessianJson;
  /** Where they are written when they are not known. */
  private readonly aside: JsonWriter;
  private known: Attachments | null = null;
  private start = 0;
  private end = 0;
  traceId: string | undefined = undefined;
  isEmpty = true;

  constructor(reader: HessianJson, aside: JsonWriter) {
    this.reader = reader;
    this.aside = aside;
  }

  clear(): void {
    this.known = null;
    this.isEmpty = true;
  }

  /** Reads what is left of the body, unless something of it was odd. */
  read(bytes: Uint8Array, end: number): void {
    const { reader } = this;
    const { at } = reader;
    this.known = reader.isOdd ? null : attachments.find(bytes, at, end);
    if (this.known === null) return this.readAside(bytes, at, end);
    this.traceId = this.known.traceId;
    this.isEmpty = this.known.isEmpty;
  }

  private readAside(bytes: Uint8Array, at: number, end: number): void {
    const { reader, aside } = this;
    traces.clear();
    this.start = aside.length;
    aside.copyOf(ATTACHMENTS);
    const before = aside.length;
    reader.writeAttachments(aside, traces);
    this.end = aside.length;
    this.isEmpty = aside.length - before <= '{}'.length;
    this.traceId = traces.size === 0 ? undefined : traceIdOf({ first: (key) => traces.get(key) });
    if (!attachments.isAgain || !reader.areAlone) return;
    const { isEmpty, traceId } = this;
    attachments.keep(bytes, at, end, { json: aside.pieceFrom(this.start), isEmpty, traceId });
  }

  write(json: JsonWriter): void {
    if (this.known === null) json.copyFrom(this.aside, this.start, this.end);
    else json.copyOf(this.known.json);
  }
}
