import { ActionIcon, Menu, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';

const themes = [
  { id: 'auto', label: 'As the system', icon: IconDeviceDesktop },
  { id: 'light', label: 'Light', icon: IconSun },
  { id: 'dark', label: 'Dark', icon: IconMoon },
] as const;

export function ThemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const Current = themes.find(({ id }) => id === colorScheme)?.icon ?? IconDeviceDesktop;
  return (
    <Menu position="right-end">
      <Menu.Target>
        <ActionIcon size="lg" aria-label="Theme">
          <Current size={18} stroke={1.6} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {themes.map(({ id, label, icon: Icon }) => (
          <Menu.Item
            key={id}
            leftSection={<Icon size={15} />}
            onClick={() => setColorScheme(id)}
            aria-current={id === colorScheme}
            fw={id === colorScheme ? 600 : 400}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
