/** What is known of one call: the frames it is put together from. */

import type { Span } from '../../dissect/dissector.ts';
import { BodyCollector } from '../../http/body.ts';

/** What a client logs in with is told but for this. */
const SECRET = 'passcode';

/** A frame while its body comes. */
export interface Half {
  readonly command: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly start: number;
  end: number;
  size: number;
  gap: number;
  isCut: boolean;
  readonly body: BodyCollector;
  /** Media type of the body, without its parameters. */
  readonly mime: string;
}

export function openHalf(
  command: string,
  headers: readonly (readonly [string, string])[],
  { size, isCut, limit }: { readonly size: number; readonly isCut: boolean; readonly limit: number },
  span: Span,
): Half {
  const kept = headers.filter(([name]) => name !== SECRET);
  return {
    command,
    headers: kept,
    start: span.first,
    end: span.last,
    size,
    gap: 0,
    isCut,
    body: new BodyCollector(limit),
    mime: mimeOf(kept.find(([name]) => name === 'content-type')?.[1]),
  };
}

const mimeOf = (contentType = ''): string => (contentType.split(';')[0] ?? '').trim().toLowerCase();

/** The first of a name counts, later ones are history (§"Repeated Header Entries"). */
export function headerIn({ headers }: Half, name: string): string | undefined {
  for (const header of headers) if (header[0] === name) return header[1];
  return undefined;
}

/** Who speaks, as the connection's beginning told. */
export interface Peers {
  readonly user?: string;
  readonly server?: string;
  readonly version?: string;
}

/** The delivery that an acknowledgement is about. */
export interface Delivery {
  readonly destination: string;
  readonly at: number;
}

export interface CallFacts {
  readonly request?: Half | undefined;
  readonly response?: Half | undefined;
  /** Where the frame does not say it itself: of an acknowledgement, of an UNSUBSCRIBE. */
  readonly destination?: string | undefined;
  readonly delivery?: Delivery | undefined;
  readonly peers: Peers;
  /** Why there is no answer, when there should be one. */
  readonly missing?: string | undefined;
}
