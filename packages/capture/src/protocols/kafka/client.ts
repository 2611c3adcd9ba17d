/** Programs by the id they give of themselves, which stands in every request. */

import { ByteInterner } from '../../decode/interner.ts';
import { printable } from '../../decode/printable.ts';
import { piece } from '../../json/json-writer.ts';
import { apiOf } from './schema.ts';

/** APIs and versions that a program is remembered with: most use a handful. */
export const MAX_OPENINGS = 16;

export class Client {
  readonly id: string;
  readonly #openings = new Map<number, Uint8Array>();

  constructor(id: string) {
    this.id = id;
  }

  /** What `kafka.*` of its calls begins with. */
  opening(apiKey: number, apiVersion: number): Uint8Array {
    return this.#openings.get(apiKey * 0x10000 + apiVersion) ?? this.#newOpening(apiKey, apiVersion);
  }

  #newOpening(apiKey: number, apiVersion: number): Uint8Array {
    const opening = openingOf(apiKey, apiVersion, this.id);
    if (this.#openings.size >= MAX_OPENINGS) this.#openings.clear();
    this.#openings.set(apiKey * 0x10000 + apiVersion, opening);
    return opening;
  }
}

/** Its number, where nobody has described it. */
export const apiNameOf = (apiKey: number): string => apiOf(apiKey)?.name ?? `API ${apiKey}`;

/** `clientId`: null where there is none. */
export function openingOf(apiKey: number, apiVersion: number, clientId: string | null): Uint8Array {
  const client = clientId === null ? '' : `,"clientId":${JSON.stringify(clientId)}`;
  return piece(`,"kafka":{"apiKey":${apiKey},"apiVersion":${apiVersion},"apiName":"${apiNameOf(apiKey)}"${client}`);
}

const clients = new ByteInterner((bytes, start, end) => new Client(printable(bytes.subarray(start, end))));

/** The program whose id stands there. */
export const clientAt = (bytes: Uint8Array, start: number, end: number): Client => clients.of(bytes, start, end);
