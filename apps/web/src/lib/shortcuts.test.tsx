import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { chordOf, listenForShortcuts, type Shortcut, useShortcuts } from './shortcuts.ts';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

function Registers({ shortcuts }: { readonly shortcuts: readonly Shortcut[] }) {
  useShortcuts(shortcuts);
  return <input aria-label="field" />;
}

let stop: () => void;
beforeEach(() => {
  stop = listenForShortcuts(document);
});
afterEach(() => stop());

async function show(shortcuts: readonly Shortcut[]) {
  const host = document.createElement('div');
  document.body.append(host);
  const root = createRoot(host);
  await act(async () => root.render(<Registers shortcuts={shortcuts} />));
  return { host, root };
}

const press = (key: string, more: KeyboardEventInit = {}, target: EventTarget = document) =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));

test.each([
  [{ key: 'K', ctrlKey: true, metaKey: false, altKey: false, shiftKey: false }, 'mod+k'],
  [{ key: '?', ctrlKey: false, metaKey: false, altKey: false, shiftKey: true }, '?'],
  [{ key: 'G', ctrlKey: false, metaKey: false, altKey: false, shiftKey: true }, 'shift+g'],
  [{ key: 'ArrowDown', ctrlKey: false, metaKey: false, altKey: true, shiftKey: true }, 'alt+shift+ArrowDown'],
])('%o is %s', (event, chord) => {
  expect(chordOf(event)).toBe(chord);
});

test('one key, two keys, and nothing inside a field', async () => {
  const run = vi.fn();
  const { host, root } = await show([
    { keys: 'j', label: 'Next', group: 'List', run: () => run('j') },
    { keys: 'g t', label: 'Traffic', group: 'Go', run: () => run('g t') },
    { keys: 'mod+k', label: 'Palette', group: 'Go', inFields: true, run: () => run('mod+k') },
  ]);
  press('j');
  press('g');
  press('t');
  const field = host.querySelector('input')!;
  press('j', {}, field);
  press('k', { ctrlKey: true }, field);
  expect(run.mock.calls.flat()).toEqual(['j', 'g t', 'mod+k']);
  await act(async () => root.unmount());
  press('j');
  expect(run).toHaveBeenCalledTimes(3);
});
