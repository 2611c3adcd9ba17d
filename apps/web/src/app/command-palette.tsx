/** Ctrl+K: every page, every way to look, every saved query, by name. */

import { useMantineColorScheme } from '@mantine/core';
import { Spotlight, type SpotlightActionGroupData, spotlight } from '@mantine/spotlight';
import {
  IconClock,
  IconFilter,
  IconKeyboard,
  IconMoon,
  IconPlayerPause,
  IconPlayerPlayFilled,
  IconSearch,
  IconSun,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useHub } from '../api/context.ts';
import { savedQueriesQuery } from '../api/saved-queries.ts';
import { LIVE, parseRange, presets } from '../lib/time-range.ts';
import { useView } from '../ui/view.ts';
import classes from './command-palette.module.css';
import { pages } from './pages.ts';

interface CommandPaletteProps {
  readonly onShortcuts: () => void;
  readonly onClose: () => void;
}

export function CommandPalette({ onShortcuts, onClose }: CommandPaletteProps) {
  const { go, setRange, apply } = useView();
  const { api, feed } = useHub();
  const { setColorScheme } = useMantineColorScheme();
  const { data: saved } = useQuery(savedQueriesQuery(api));
  useEffect(() => spotlight.open(), []);

  const actions: SpotlightActionGroupData[] = [
    {
      group: 'Pages',
      actions: pages.map(({ name, title, icon: Icon }) => ({
        id: name,
        label: title,
        leftSection: <Icon size={16} stroke={1.6} />,
        onClick: () => go(name),
      })),
    },
    {
      group: 'Traffic',
      actions: [
        {
          id: 'slow',
          label: 'Find slow endpoints',
          leftSection: <IconSearch size={16} />,
          onClick: () => go('traffic', { group: 'endpoint' }),
        },
        {
          id: 'failing',
          label: 'Find failing services',
          leftSection: <IconSearch size={16} />,
          onClick: () => go('traffic', { group: 'service' }),
        },
        {
          id: 'pause',
          label: 'Pause or resume the list',
          leftSection: <IconPlayerPause size={16} />,
          onClick: () => feed.setPaused(!feed.snapshot().paused),
        },
        { id: 'clear', label: 'Clear the query', leftSection: <IconFilter size={16} />, onClick: () => apply('') },
      ],
    },
    {
      group: 'Time',
      actions: [
        { id: 'live', label: 'Live', leftSection: <IconPlayerPlayFilled size={14} />, onClick: () => setRange(LIVE) },
        ...presets.map(({ label, text }) => ({
          id: text,
          label,
          leftSection: <IconClock size={16} />,
          onClick: () => setRange(parseRange(text)),
        })),
      ],
    },
    {
      group: 'Saved queries',
      actions: (saved?.queries ?? []).map(({ id, name, query }) => ({
        id: `query ${id}`,
        label: name,
        description: query,
        leftSection: <IconFilter size={16} />,
        onClick: () => go('traffic', { q: query }),
      })),
    },
    {
      group: 'This page',
      actions: [
        { id: 'shortcuts', label: 'Keyboard shortcuts', leftSection: <IconKeyboard size={16} />, onClick: onShortcuts },
        {
          id: 'light',
          label: 'Light theme',
          leftSection: <IconSun size={16} />,
          onClick: () => setColorScheme('light'),
        },
        { id: 'dark', label: 'Dark theme', leftSection: <IconMoon size={16} />, onClick: () => setColorScheme('dark') },
      ],
    },
  ];
  return (
    <Spotlight
      actions={actions.filter(({ actions: list }) => list.length > 0)}
      shortcut={null}
      highlightQuery
      scrollable
      maxHeight={460}
      nothingFound="Nothing by that name"
      onSpotlightClose={onClose}
      searchProps={{
        placeholder: 'Go to, look for, change …',
        'aria-label': 'Command',
        leftSection: <IconSearch size={16} />,
      }}
      aria-label="Commands"
      overlayProps={{ backgroundOpacity: 0.35, blur: 1 }}
      classNames={{ actionsGroup: classes['group'] ?? '' }}
    />
  );
}
