/** Stands where a value was; the key stays, so that a query can still ask whether there was one. */
export const REDACTED = '[REDACTED]';
