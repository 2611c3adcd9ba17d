/** gRPC status codes (https://grpc.io/docs/guides/status-codes/) and what stands beside them. */

const names = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** Name of a status number. */
export const statusName = (status: number): string => names[status] ?? `status ${status}`;

/** grpc-message: percent-encoded UTF-8; a broken escape stays as it is. */
export function decodeMessage(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text.replace(/%(?![0-9A-Fa-f]{2})/g, '%25'));
  } catch {
    return text; // percent-encoded bytes that are no UTF-8
  }
}

const unitMillis: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000001 };

/** grpc-timeout (`200m`, `1S`) in ms; undefined when it is none. */
export function timeoutMillis(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,8})([HMSmun])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * (unitMillis[match[2] ?? ''] ?? 1);
}

/**
 * The status among trailers whose names are not known, as on a connection that was joined in the middle (RFC 7541 §2.3.2):
 * the only one that is a code. Undefined where there is none, or more than one.
 */
export function codeAmong(values: readonly string[]): string | undefined {
  const codes = values.filter((value) => /^(?:\d|1[0-6])$/.test(value));
  return codes.length === 1 ? codes[0] : undefined;
}
