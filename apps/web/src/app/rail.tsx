/** Navigation on the left. */

import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core';
import { IconKeyboard } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type Search, sharedSearch } from '../lib/search.ts';
import type { PageName } from '../ui/view.ts';
import { Logo } from './logo.tsx';
import { pages } from './pages.ts';
import classes from './rail.module.css';
import { ThemeButton } from './theme-button.tsx';

export function Rail({ current, onShortcuts }: { readonly current: PageName; readonly onShortcuts: () => void }) {
  return (
    <nav className={classes['rail']} aria-label="Pages">
      <div className={classes['logo']} title="Kubeshark">
        <Logo />
      </div>
      {pages.map(({ name, title, icon: Icon }) => (
        <UnstyledButton
          key={name}
          component={Link}
          to={`/${name}`}
          search={((before: Search) => sharedSearch(before)) as never}
          className={classes['link']}
          data-current={name === current || undefined}
          aria-current={name === current ? 'page' : undefined}
        >
          <Icon size={20} stroke={1.6} aria-hidden />
          <span>{title}</span>
        </UnstyledButton>
      ))}
      <div className={classes['foot']}>
        <Tooltip label="Keyboard shortcuts (?)" position="right">
          <ActionIcon onClick={onShortcuts} aria-label="Keyboard shortcuts" size="lg">
            <IconKeyboard size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
        <ThemeButton />
      </div>
    </nav>
  );
}
