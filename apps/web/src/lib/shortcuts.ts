/** The one registry of keyboard shortcuts: what is registered works, and is what the `?` sheet shows. */

import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface Shortcut {
  /** `j`, `?`, `Enter`, `mod+k`, `shift+ArrowDown`, or two keys one after another: `g t`. */
  readonly keys: string;
  readonly label: string;
  readonly group: string;
  readonly run: (event: KeyboardEvent) => void;
  /** Also while a text field has the focus. */
  readonly inFields?: boolean;
}

/** A second key of `g t` must follow within this time. */
const SEQUENCE_MILLIS = 1200;

let shortcuts: readonly Shortcut[] = [];
const listeners = new Set<() => void>();

function replace(next: readonly Shortcut[]): void {
  shortcuts = next;
  for (const listener of listeners) listener();
}

/** Registers shortcuts while the component is shown; later ones win over earlier ones with the same keys. */
export function useShortcuts(own: readonly Shortcut[]): void {
  const current = useRef(own);
  useEffect(() => {
    current.current = own;
  });
  // The callbacks are read through the ref: only what the sheet shows makes a new registration.
  const shown = JSON.stringify(
    own.map(({ keys, label, group, inFields = false }) => ({ keys, label, group, inFields })),
  );
  useEffect(() => {
    const registered = (JSON.parse(shown) as readonly Omit<Shortcut, 'run'>[]).map((shortcut, index) => ({
      ...shortcut,
      run: (event: KeyboardEvent) => current.current[index]?.run(event),
    }));
    replace([...shortcuts, ...registered]);
    return () => replace(shortcuts.filter((shortcut) => !registered.includes(shortcut)));
  }, [shown]);
}

/** What works now, for the sheet. */
export function useRegisteredShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shortcuts,
  );
}

/** `mod+shift+k` of a key event; shift is left out where it is part of the character (`?`). */
export function chordOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const shift = event.shiftKey && (event.key.length > 1 || /[a-z]/i.test(event.key));
  const parts = [event.ctrlKey || event.metaKey ? 'mod' : '', event.altKey ? 'alt' : '', shift ? 'shift' : '', key];
  return parts.filter((part) => part !== '').join('+');
}

const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.closest('.monaco-editor') !== null);

/** Listens on `target` and runs what is registered; gives the way to stop. */
export function listenForShortcuts(target: Pick<Document, 'addEventListener' | 'removeEventListener'>): () => void {
  let before = '';
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.key === undefined) return;
    const chord = chordOf(event);
    const sequence = before === '' ? chord : `${before} ${chord}`;
    before = '';
    clearTimeout(timer);
    const field = isField(event.target);
    const usable = shortcuts.filter((shortcut) => !field || shortcut.inFields === true);
    const match = usable.findLast(({ keys }) => keys === sequence) ?? usable.findLast(({ keys }) => keys === chord);
    if (match !== undefined) {
      event.preventDefault();
      match.run(event);
    } else if (usable.some(({ keys }) => keys.startsWith(`${chord} `))) {
      before = chord;
      timer = setTimeout(() => {
        before = '';
      }, SEQUENCE_MILLIS);
    }
  };
  const listener = onKey as EventListener;
  target.addEventListener('keydown', listener);
  return () => {
    clearTimeout(timer);
    target.removeEventListener('keydown', listener);
  };
}
