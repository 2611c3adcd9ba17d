/** Who is signed in, and in words what that person sees. */

import { Popover, Stack, Text, UnstyledButton } from '@mantine/core';
import { ApiError } from '../api/api.ts';
import { useMe } from '../api/me-query.ts';
import classes from './health-indicator.module.css';

export function WhoAmI() {
  const { data: me, error } = useMe();
  if (me === undefined && error === null) return null;
  const isNobody = error instanceof ApiError && error.code === 'KS_UNAUTHENTICATED';
  if (me === undefined && !isNobody) return null;
  const name = me === undefined ? 'Not signed in' : me.source === 'none' ? 'Local' : (me.name ?? me.user);
  return (
    <Popover position="bottom-end" width={300}>
      <Popover.Target>
        <UnstyledButton className={classes['indicator']} data-tone={me === undefined ? 'error' : 'idle'}>
          <span className={classes['hidden']}>You are: </span>
          <span className={classes['word']}>{name}</span>
          {me !== undefined && me.source !== 'none' && <span className={classes['numbers']}>{me.role}</span>}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        {me === undefined ? (
          <Text size="sm">{error?.message}</Text>
        ) : (
          <Stack gap={6}>
            <Text fw={600}>{me.source === 'none' ? 'Access control is off' : (me.email ?? me.user)}</Text>
            <Text size="sm">
              {me.source === 'none'
                ? 'Whoever reaches this address may see and do everything. The hub listens on this machine only, unless it was told otherwise.'
                : `As ${me.role} you may: ${me.capabilities.join(', ')}.`}
            </Text>
            {!me.capabilities.includes('payloads') && (
              <Text size="sm">Headers, bodies and protocol values are not shown to you.</Text>
            )}
            {me.scope !== undefined && <Text size="sm">You see calls with: {me.scope}</Text>}
          </Stack>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
