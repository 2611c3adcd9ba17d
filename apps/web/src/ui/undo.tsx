/** Short messages in the corner. Their library is a chunk of its own: the first page has nothing to say. */

import { Button, Group, Text } from '@mantine/core';

const load = () => import('@mantine/notifications');

/** Says what was done. */
export async function showDone(message: string): Promise<void> {
  (await load()).notifications.show({ message, autoClose: 1500, withCloseButton: false });
}

/** Says what was done, and takes it back if asked within a few seconds. */
export async function showUndo(message: string, undo: () => void): Promise<void> {
  const { notifications } = await load();
  const id = notifications.show({
    autoClose: 6000,
    closeButtonProps: { 'aria-label': 'Dismiss' },
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-xs"
          variant="light"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          Undo
        </Button>
      </Group>
    ),
  });
}

/** Says why something did not work. */
export async function showFailure(error: unknown): Promise<void> {
  const { notifications } = await load();
  notifications.show({
    color: 'red',
    message: error instanceof Error ? error.message : String(error),
    closeButtonProps: { 'aria-label': 'Dismiss' },
  });
}
