import type { Headers } from '@kubeshark/model';

/** Header fields as name and value, a repeated one several times. */
export function headerPairs(headers: Headers | undefined): readonly (readonly [string, string])[] {
  return Object.entries(headers ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)] as const),
  );
}
