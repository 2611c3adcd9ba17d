import { Button, Menu } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import { type ColumnChoice, columns, defaultChoice } from './list/columns.ts';

interface ColumnMenuProps {
  readonly chosen: readonly ColumnChoice[];
  readonly onChoose: (columns: readonly ColumnChoice[]) => void;
}

export function ColumnMenu({ chosen, onChoose }: ColumnMenuProps) {
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <Button variant="subtle" color="gray" leftSection={<IconColumns3 size={15} />}>
          Columns
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {columns.map(({ id, title, width }) => {
          const isChosen = chosen.some((column) => column.id === id);
          return (
            <Menu.CheckboxItem
              key={id}
              checked={isChosen}
              onChange={() => {
                const next = isChosen ? chosen.filter((column) => column.id !== id) : [...chosen, { id, width }];
                if (next.length > 0) onChoose(next);
              }}
            >
              {title}
            </Menu.CheckboxItem>
          );
        })}
        <Menu.Divider />
        <Menu.Item onClick={() => onChoose(defaultChoice)}>Reset the columns</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
