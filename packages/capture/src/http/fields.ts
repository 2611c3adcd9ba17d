/** Header and trailer fields of one message (RFC 9110 §5), in order and in the spelling seen. */

import type { Headers } from '@kubeshark/model';

/** Stands for a name or a value that was told before the capture began. */
export const UNKNOWN = '(unknown)';

/** A field's name as spelled, and in lower case, which is what it is looked for by. */
export interface FieldName {
  readonly spelled: string;
  readonly lower: string;
}
const NO_NAME: FieldName = { spelled: '', lower: '' };

export abstract class HttpFields {
  abstract readonly size: number;
  abstract nameAt(index: number): FieldName;
  abstract valueAt(index: number): string;

  /** First value of a field; the name in lower case. */
  first(name: string): string | undefined {
    const index = this.indexOf(name);
    return index < 0 ? undefined : this.valueAt(index);
  }

  /** All values of a field; the name in lower case. */
  all(name: string): readonly string[] {
    const values: string[] = [];
    for (let index = 0; index < this.size; index++) {
      if (this.nameAt(index).lower === name) values.push(this.valueAt(index));
    }
    return values;
  }

  /** Members of a comma-separated list field over all its lines, lower case. */
  list(name: string): readonly string[] {
    const values = this.all(name);
    if (values.length === 0) return values;
    return values
      .flatMap((value) => value.split(','))
      .map((member) => member.trim().toLowerCase())
      .filter((member) => member !== '');
  }

  /** One key for each name, spelled as it came first; a repeated field has a list of its values. */
  toHeaders(): Headers {
    const headers: Record<string, string | string[]> = {};
    for (let index = 0; index < this.size; index++) {
      const { spelled, lower } = this.nameAt(index);
      const value = this.valueAt(index);
      const first = this.indexOf(lower);
      if (first === index) define(headers, spelled, value);
      else repeat(headers, this.nameAt(first).spelled, value);
    }
    return headers;
  }

  private indexOf(lower: string): number {
    for (let index = 0; index < this.size; index++) if (this.nameAt(index).lower === lower) return index;
    return -1;
  }
}

/** Fields one after the other. */
export class FieldLines extends HttpFields {
  private readonly names: FieldName[] = [];
  private readonly values: string[] = [];

  add(name: FieldName, value: string): void {
    this.names.push(name);
    this.values.push(value);
  }

  addAll(other: HttpFields): void {
    for (let index = 0; index < other.size; index++) this.add(other.nameAt(index), other.valueAt(index));
  }

  override get size(): number {
    return this.names.length;
  }

  override nameAt(index: number): FieldName {
    return this.names[index] ?? NO_NAME;
  }

  override valueAt(index: number): string {
    return this.values[index] ?? '';
  }
}

function define(headers: Record<string, string | string[]>, name: string, value: string | string[]): void {
  // Assigning to `__proto__` would set the prototype instead of a key.
  if (name === '__proto__') Object.defineProperty(headers, name, { value, enumerable: true, configurable: true });
  else headers[name] = value;
}

function repeat(headers: Record<string, string | string[]>, name: string, value: string): void {
  const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (Array.isArray(before)) before.push(value);
  else define(headers, name, before === undefined ? value : [before, value]);
}
