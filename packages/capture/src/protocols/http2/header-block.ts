/** What a header block tells (RFC 9113 §8.2, §8.3): its pseudo-header fields by themselves, the others in order. */

import type { FieldTable } from '../../http/field-table.ts';
import { type FieldName, HttpFields } from '../../http/fields.ts';
import type { JsonWriter } from '../../json/json-writer.ts';
import type { HeaderField } from './header-field.ts';
import type { Path } from './path.ts';

const NO_NAME: FieldName = { spelled: '', lower: '' };

export class HeaderBlock extends HttpFields {
  private readonly fields: HeaderField[] = [];
  method: HeaderField | null = null;
  path: Path | null = null;
  scheme: HeaderField | null = null;
  authority: HeaderField | null = null;
  contentType: HeaderField | null = null;
  private statusField: HeaderField | null = null;
  /** Fields that were left out at a limit. */
  omitted = 0;
  private isKept = false;
  /** Its fields as JSON, once a block that will come again was written. */
  writtenFields: Uint8Array | null = null;

  /** Takes the next field. */
  add(field: HeaderField): void {
    switch (field.name.role) {
      case 'content-type':
        this.contentType ??= field;
        this.fields.push(field);
        break;
      case 'plain':
        this.fields.push(field);
        break;
      case 'method':
        this.method = field;
        break;
      case 'path':
        this.path = field.path;
        break;
      case 'scheme':
        this.scheme = field;
        break;
      case 'authority':
        this.authority = field;
        break;
      case 'status':
        this.statusField = field;
        break;
      case 'other pseudo':
        break;
    }
  }

  /** 0 when it is none. */
  get status(): number {
    return this.statusField?.number ?? 0;
  }

  override get size(): number {
    return this.fields.length;
  }

  override nameAt(index: number): FieldName {
    return this.fields[index]?.name ?? NO_NAME;
  }

  override valueAt(index: number): string {
    return this.fields[index]?.value ?? '';
  }

  get mime(): string {
    return this.contentType?.mime ?? '';
  }

  /** It will come again. */
  keep(): void {
    this.isKept = true;
    for (const field of this.fields) field.isKept = true;
  }

  keepFields(json: JsonWriter, start: number): void {
    if (this.isKept && !json.isRefused) this.writtenFields = json.pieceFrom(start);
  }

  /** Puts the fields into a table, from which they are written. */
  scan(table: FieldTable): void {
    table.clear();
    const { authority, fields } = this;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      if (field !== undefined) table.append(field);
    }
    if (authority === null) table.findAuthority();
    else table.setAuthority(authority);
  }
}
