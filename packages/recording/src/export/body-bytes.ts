import type { Body } from '@kubeshark/model';

/** The kept part of a body, decoded. */
export function bodyBytes(body: Body | undefined): Uint8Array {
  if (body?.text !== undefined) return Buffer.from(body.text, 'utf8');
  return body?.base64 === undefined ? new Uint8Array(0) : Buffer.from(body.base64, 'base64');
}
