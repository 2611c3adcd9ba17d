/** The `?` sheet: whatever is registered at this moment. */

import { Group, Kbd, Modal, SimpleGrid, Stack, Text } from '@mantine/core';
import { useRegisteredShortcuts } from '../lib/shortcuts.ts';

const names: Readonly<Record<string, string>> = {
  mod: /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl',
  shift: '⇧',
  alt: 'Alt',
  ArrowDown: '↓',
  ArrowUp: '↑',
  ArrowLeft: '←',
  ArrowRight: '→',
  Enter: '⏎',
  Escape: 'Esc',
  ' ': 'Space',
};

function Keys({ keys }: { readonly keys: string }) {
  const chords = keys === ' ' ? [' '] : keys.split(' ');
  return (
    <Group gap={3} wrap="nowrap">
      {chords.flatMap((chord) =>
        (chord === ' ' ? [' '] : chord.split('+')).map((key) => (
          <Kbd key={`${chord}${key}`} size="xs">
            {names[key] ?? key}
          </Kbd>
        )),
      )}
    </Group>
  );
}

export function ShortcutSheet({ onClose }: { readonly onClose: () => void }) {
  const shortcuts = useRegisteredShortcuts();
  const groups = [...new Set(shortcuts.map(({ group }) => group))];
  return (
    <Modal opened onClose={onClose} title="Keyboard shortcuts" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl">
        {groups.map((group) => (
          <Stack key={group} gap={4}>
            <Text size="xs" c="dimmed" fw={600}>
              {group}
            </Text>
            {shortcuts
              .filter((shortcut) => shortcut.group === group)
              .map(({ keys, label }) => (
                <Group key={keys + label} justify="space-between" wrap="nowrap">
                  <Text size="sm">{label}</Text>
                  <Keys keys={keys} />
                </Group>
              ))}
          </Stack>
        ))}
      </SimpleGrid>
    </Modal>
  );
}
