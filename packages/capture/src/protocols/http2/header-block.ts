/** What a header block tells (RFC 9113 §8.2, §8.3): its pseudo-header fields by themselves, the others in order. */

import type { FieldTable } from '../../http/field-table.ts';
import { type FieldName, HttpFields } from '../../http/fields.ts';
import type { HeaderField } from './header-field.ts';

/** Fields of a block as they are found; one object is filled again and again. */
export class FoundFields {
  private readonly fields: HeaderField[] = [];
  count = 0;
  method: HeaderField | null = null;
  path: HeaderField | null = null;
  scheme: HeaderField | null = null;
  authority: HeaderField | null = null;
  status: HeaderField | null = null;
  contentType: HeaderField | null = null;
  omitted = 0;

  clear(): void {
    this.count = 0;
    this.method = null;
    this.path = null;
    this.scheme = null;
    this.authority = null;
    this.status = null;
    this.contentType = null;
    this.omitted = 0;
  }

  list(): readonly HeaderField[] {
    return this.fields.slice(0, this.count);
  }

  add(field: HeaderField): void {
    switch (field.name.role) {
      case 'content-type':
        this.contentType ??= field;
        this.fields[this.count++] = field;
        break;
      case 'plain':
        this.fields[this.count++] = field;
        break;
      case 'method':
        this.method = field;
        break;
      case 'path':
        this.path = field;
        break;
      case 'scheme':
        this.scheme = field;
        break;
      case 'authority':
        this.authority = field;
        break;
      case 'status':
        this.status = field;
        break;
      case 'other pseudo':
        break;
    }
  }
}

const NO_NAME: FieldName = { spelled: '', lower: '' };

export class HeaderBlock extends HttpFields {
  private readonly fields: readonly HeaderField[];
  readonly method: HeaderField | null;
  readonly path: HeaderField | null;
  readonly scheme: HeaderField | null;
  readonly authority: HeaderField | null;
  readonly contentType: HeaderField | null;
  /** 0 when it is none. */
  readonly status: number;
  /** Fields that were left out at a limit. */
  readonly omitted: number;

  constructor(found: FoundFields) {
    super();
    this.fields = found.list();
    this.method = found.method;
    this.path = found.path;
    this.scheme = found.scheme;
    this.authority = found.authority;
    this.contentType = found.contentType;
    const status = found.status === null ? 0 : Number(found.status.value);
    this.status = Number.isInteger(status) ? status : 0;
    this.omitted = found.omitted;
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
    for (const field of this.fields) field.isKept = true;
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
