/** The catalogue of protocols as a chunk of its own: names and hues come a moment after the first rows, not before them. */

import type { ProtocolDescriptor } from '@kubeshark/model';
import { useSyncExternalStore } from 'react';

export type Catalogue = (id: string) => ProtocolDescriptor | undefined;

let catalogue: Catalogue = () => undefined;
const listeners = new Set<() => void>();

/** Begins to load it; asked for once, when the application starts. */
export async function loadCatalogue(): Promise<void> {
  const { protocolOf } = await import('@kubeshark/model');
  catalogue = protocolOf;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What is known of a protocol; undefined until the catalogue is here, and for an id this version does not know. */
export const useProtocol = (id: string): ProtocolDescriptor | undefined =>
  useSyncExternalStore(subscribe, () => catalogue(id));

/** All of it, for whoever shows many protocols at once. */
export const useCatalogue = (): Catalogue => useSyncExternalStore(subscribe, () => catalogue);
