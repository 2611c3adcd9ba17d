/** Header and trailer fields of one message (RFC 9110 §5), in order and in the spelling seen. */

import type { Headers } from '@kubeshark/model';

export class HttpFields {
  private readonly lines: (readonly [name: string, value: string])[] = [];

  add(name: string, value: string): void {
    this.lines.push([name, value]);
  }

  addAll(other: HttpFields): void {
    this.lines.push(...other.lines);
  }

  get size(): number {
    return this.lines.length;
  }

  /** First value of a field; the name in lower case. */
  first(name: string): string | undefined {
    return this.lines.find(([other]) => isNamed(other, name))?.[1];
  }

  /** All values of a field; the name in lower case. */
  all(name: string): readonly string[] {
    return this.lines.filter(([other]) => isNamed(other, name)).map(([, value]) => value);
  }

  /** Members of a comma-separated list field over all its lines, lower case. */
  list(name: string): readonly string[] {
    return this.all(name)
      .flatMap((value) => value.split(','))
      .map((member) => member.trim().toLowerCase())
      .filter((member) => member !== '');
  }

  toHeaders(): Headers {
    // No prototype: a header may be called `__proto__`.
    const headers: Record<string, string | string[]> = Object.create(null);
    const spelling = new Map<string, string>();
    for (const [name, value] of this.lines) {
      const key = spelling.get(name.toLowerCase()) ?? name;
      spelling.set(name.toLowerCase(), key);
      const before = headers[key];
      if (before === undefined) headers[key] = value;
      else if (typeof before === 'string') headers[key] = [before, value];
      else before.push(value);
    }
    return { ...headers };
  }
}

function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase() === lower;
}
