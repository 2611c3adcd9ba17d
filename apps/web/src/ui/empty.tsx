/** What stands where rows would be: why there are none, and what to do about it. */

import { Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './empty.module.css';

interface EmptyProps {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <Stack className={classes['empty']} align="center" justify="center" gap="xs" role="status">
      {icon !== undefined && <div className={classes['icon']}>{icon}</div>}
      <Text fw={600} size="lg">
        {title}
      </Text>
      {children !== undefined && <div className={classes['text']}>{children}</div>}
      {action !== undefined && <div className={classes['action']}>{action}</div>}
    </Stack>
  );
}
