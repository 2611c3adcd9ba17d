import type { Entry, Headers } from '@kubeshark/model';

/** Header fields as name and value, a repeated one several times. */
export function headerPairs(headers: Headers | undefined): readonly (readonly [string, string])[] {
  return Object.entries(headers ?? {}).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [name, String(one)] as const),
  );
}

/** The first value of a header, its name in lower case. */
export const headerOf = (headers: Headers | undefined, name: string): string | undefined =>
  headerPairs(headers).find(([key]) => key.toLowerCase() === name)?.[1];

/** HTTP in any version, what is carried in it included. */
export const isHttp = ({ protocols }: Entry): boolean => protocols.some((id) => id === 'http' || id === 'http2');

/** The HTTP method; protocols inside HTTP put their own in its place. */
export function httpMethodOf({ protocols, request, method }: Entry): string {
  // gRPC's own method is the name of a procedure; every call of it is a POST.
  return protocols.includes('grpc') ? 'POST' : (request?.method ?? method);
}

/** The HTTP status; gRPC's own stands in its place. Null when there was no response. */
export function httpStatusOf({ response, status }: Entry): number | null {
  if (response === null) return null;
  const known = response['httpStatus'] ?? response.status ?? status;
  return typeof known === 'number' ? known : null;
}
