/** One line of what an operation is, what it groups by, and why it failed. */

import { type RequestFields, requestFields } from './fields.ts';
import { resultNameOf } from './operations.ts';

const MAX_SUMMARY = 200;

export function summaryOf(operation: string, about: string): string {
  const summary = `${operation} ${about}`.trim();
  return summary.length > MAX_SUMMARY ? `${summary.slice(0, MAX_SUMMARY)}…` : summary;
}

/** Searches group by the shape of their filter. */
export const searchEndpoint = (request: Uint8Array): string => endpointOf(requestFields('search', request));
export const endpointOf = ({ shape = '' }: RequestFields): string => `search ${shape}`.trimEnd();

export const reasonOf = (code: number, message: string): string =>
  [`${resultNameOf(code)} (${code})`, message].filter(Boolean).join(': ');
