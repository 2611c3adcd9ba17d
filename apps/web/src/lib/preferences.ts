/** What a person chose on this machine: localStorage behind one safe door, shared between components and tabs. */

import { useCallback, useSyncExternalStore } from 'react';

const PREFIX = 'kubeshark.';
const listeners = new Map<string, Set<() => void>>();
// A private window may refuse localStorage; choices then last as long as the page.
const memory = new Map<string, string>();

function readText(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    // Storage is blocked: fall back to memory.
    return memory.get(name) ?? null;
  }
}

function announce(name: string): void {
  for (const listener of listeners.get(name) ?? []) listener();
}

/** Keeps `value` under `name`; every reader of the same name sees it. */
function setPreference(name: string, value: unknown): void {
  const text = JSON.stringify(value);
  memory.set(name, text);
  try {
    localStorage.setItem(PREFIX + name, text);
  } catch {
    // Storage is full or blocked: the memory copy serves this page.
  }
  announce(name);
}

function subscribe(name: string, listener: () => void): () => void {
  const set = listeners.get(name) ?? new Set();
  listeners.set(name, set.add(listener));
  const otherTab = (event: StorageEvent) => {
    if (event.key === PREFIX + name) listener();
  };
  window.addEventListener('storage', otherTab);
  return () => {
    set.delete(listener);
    window.removeEventListener('storage', otherTab);
  };
}

/**
 * A preference as state. `accept` and `fallback` must be stable (module constants).
 */
export function usePreference<T>(
  name: string,
  accept: (value: unknown) => T | undefined,
  fallback: T,
): readonly [T, (value: T) => void] {
  const text = useSyncExternalStore(
    useCallback((listener) => subscribe(name, listener), [name]),
    () => readText(name),
  );
  let value = fallback;
  if (text !== null) {
    try {
      value = accept(JSON.parse(text)) ?? fallback;
    } catch {
      // Not JSON: somebody else's value.
    }
  }
  return [value, useCallback((next: T) => setPreference(name, next), [name])];
}

export const aBoolean = (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined);
