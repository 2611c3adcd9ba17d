/** Click-to-filter: one menu for every value on the screen, opened where the value is. */

import { Group, Menu, Text } from '@mantine/core';
import {
  IconCheck,
  IconCopy,
  IconFilter,
  IconFilterMinus,
  IconFilterPlus,
  IconHighlight,
  IconReplace,
} from '@tabler/icons-react';
import type { MouseEvent, ReactNode } from 'react';
import { useSyncExternalStore } from 'react';
import { loadLanguage, useLanguage } from '../editor/use-language.ts';
import { type FieldValue, termOf } from '../lib/term.ts';
import { showDone, showFailure } from './undo.tsx';
import classes from './value-menu.module.css';
import { useView } from './view.ts';

type Operator = '==' | '!=';

interface OpenMenu {
  readonly values: readonly FieldValue[];
  readonly x: number;
  readonly y: number;
  /** Takes the focus back when the menu closes. */
  readonly opener: HTMLElement | null;
}

let menu: OpenMenu | null = null;
const listeners = new Set<() => void>();

function show(next: OpenMenu | null): void {
  menu = next;
  for (const listener of listeners) listener();
}

/** Opens the menu for one value, or for several to choose from. */
export function openValueMenu(
  at: { readonly clientX: number; readonly clientY: number; readonly currentTarget: EventTarget | null },
  ...values: readonly FieldValue[]
): void {
  if (values.length === 0) return;
  const opener = at.currentTarget instanceof HTMLElement ? at.currentTarget : null;
  // A key press has no place of its own: the menu opens under the element.
  const box = opener?.getBoundingClientRect();
  const fromKey = at.clientX === 0 && at.clientY === 0 && box !== undefined;
  show({ values, opener, x: fromKey ? box.left : at.clientX, y: fromKey ? box.bottom : at.clientY });
}

export async function copyText(text: string, what = 'Copied'): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    await showDone(what);
  } catch {
    // Refused by the browser, or the page is not served over https or localhost.
    await showFailure('The browser does not let this page use the clipboard');
  }
}

export function ValueMenu() {
  const open = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => menu,
  );
  const { query, highlight, apply, setHighlight } = useView();
  const language = useLanguage(open !== null);
  const isIn = (value: FieldValue, op: Operator) => language?.hasTerm(query, { ...value, op }) ?? false;
  const toggle = async (value: FieldValue, op: Operator) => {
    const { toggleTerm } = await loadLanguage();
    apply(toggleTerm(query, { ...value, op }));
  };
  const close = () => {
    const opener = open?.opener;
    show(null);
    opener?.focus();
  };
  return (
    <Menu opened={open !== null} onClose={close} width={300} returnFocus={false}>
      <Menu.Target>
        <button
          type="button"
          tabIndex={-1}
          aria-label="Menu of a value"
          className={classes['anchor']}
          style={{ left: open?.x ?? 0, top: open?.y ?? 0 }}
        />
      </Menu.Target>
      <Menu.Dropdown>
        {open !== null && open.values.length > 1
          ? open.values.map((value) => (
              <Menu.Item key={value.field} closeMenuOnClick={false} onClick={() => show({ ...open, values: [value] })}>
                <Term value={value} />
              </Menu.Item>
            ))
          : open?.values.map((value) => {
              const term = termOf(value);
              return (
                <div key={value.field}>
                  <Menu.Label>
                    <Term value={value} />
                  </Menu.Label>
                  <Toggle
                    isIn={isIn(value, '==')}
                    icon={<IconFilterPlus size={15} />}
                    label="Show only these"
                    onToggle={() => void toggle(value, '==')}
                  />
                  <Toggle
                    isIn={isIn(value, '!=')}
                    icon={<IconFilterMinus size={15} />}
                    label="Hide these"
                    onToggle={() => void toggle(value, '!=')}
                  />
                  <Menu.Item leftSection={<IconReplace size={15} />} onClick={() => apply(term)}>
                    Replace the query
                  </Menu.Item>
                  <Menu.Item
                    leftSection={<IconHighlight size={15} />}
                    onClick={() => setHighlight(highlight === term ? '' : term)}
                  >
                    {highlight === term ? 'Stop highlighting these' : 'Highlight these'}
                  </Menu.Item>
                  <Menu.Divider />
                  <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => void copyText(String(value.value))}>
                    Copy the value
                  </Menu.Item>
                  <Menu.Item leftSection={<IconFilter size={15} />} onClick={() => void copyText(term)}>
                    Copy as KFL
                  </Menu.Item>
                </div>
              );
            })}
      </Menu.Dropdown>
    </Menu>
  );
}

interface ToggleProps {
  readonly isIn: boolean;
  readonly icon: ReactNode;
  readonly label: string;
  readonly onToggle: () => void;
}

/** A condition that is in the query has a tick; choosing it again takes it out. */
function Toggle({ isIn, icon, label, onToggle }: ToggleProps) {
  return (
    <Menu.CheckboxItem
      checked={isIn}
      // The icon stands where that of the other items is, and the tick at the end.
      styles={{ itemIndicator: { display: 'none' } }}
      rightSection={isIn && <IconCheck size={14} />}
      closeMenuOnClick
      onChange={onToggle}
    >
      <Group gap="xs" wrap="nowrap">
        {icon}
        {label}
      </Group>
    </Menu.CheckboxItem>
  );
}

function Term({ value }: { readonly value: FieldValue }) {
  return (
    <Text component="span" size="xs" className="mono" truncate display="block" title={termOf(value)}>
      <span className="dim">{value.field}</span> {value.value === null ? 'null' : String(value.value)}
    </Text>
  );
}

interface ValueProps extends FieldValue {
  readonly children?: ReactNode;
  readonly className?: string;
}

/** A value that opens the menu when clicked. */
export function Value({ field, value, children, className }: ValueProps) {
  return (
    <button
      type="button"
      className={`${classes['value']} ${className ?? ''}`}
      title={`${termOf({ field, value })}\nClick to filter by it`}
      onClick={(event: MouseEvent<HTMLElement>) => {
        event.stopPropagation();
        openValueMenu(event, { field, value });
      }}
    >
      {children ?? String(value)}
    </button>
  );
}
