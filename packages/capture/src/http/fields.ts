/** Header and trailer fields of one message (RFC 9110 §5), in order and in the spelling seen. */

import type { Headers } from '@kubeshark/model';

/** A field's name as spelled, and in lower case, which is what it is looked for by. */
export interface FieldName {
  readonly spelled: string;
  readonly lower: string;
}

export class HttpFields {
  private readonly names: FieldName[] = [];
  private readonly values: string[] = [];

  add(spelled: string, value: string): void {
    this.addNamed({ spelled, lower: spelled.toLowerCase() }, value);
  }

  /** The same where the name is known in both forms. */
  addNamed(name: FieldName, value: string): void {
    this.names.push(name);
    this.values.push(value);
  }

  addAll(other: HttpFields): void {
    this.names.push(...other.names);
    this.values.push(...other.values);
  }

  get size(): number {
    return this.names.length;
  }

  /** First value of a field; the name in lower case. */
  first(name: string): string | undefined {
    const index = this.names.findIndex(({ lower }) => lower === name);
    return index < 0 ? undefined : this.values[index];
  }

  /** All values of a field; the name in lower case. */
  all(name: string): readonly string[] {
    return this.values.filter((_, index) => this.names[index]?.lower === name);
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
    for (const [index, { spelled, lower }] of this.names.entries()) {
      const value = this.values[index] ?? '';
      const first = this.names.findIndex((name) => name.lower === lower);
      if (first === index) define(headers, spelled, value);
      else repeat(headers, this.names[first]?.spelled ?? spelled, value);
    }
    return headers;
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
