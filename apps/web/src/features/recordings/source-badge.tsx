/** Says that an opened file is looked at and not what is captured, and leads back. */

import { recordingEndpoints } from '@kubeshark/contract/recordings';
import { Button, Text } from '@mantine/core';
import { IconArrowBackUp, IconFileSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useHub } from '../../api/context.ts';
import { addressOfSource } from './opened.ts';

export function SourceBadge({ id }: { readonly id: string }) {
  const { api } = useHub();
  const { data } = useQuery({
    queryKey: ['opened'],
    queryFn: ({ signal }) => api.ask(recordingEndpoints.opened, { signal }),
  });
  const file = data?.files.find((one) => one.id === id);
  const isGone = data !== undefined && file === undefined;
  return (
    <Button
      component="a"
      href={addressOfSource(undefined)}
      variant="light"
      color={isGone || file?.state === 'damaged' ? 'orange' : 'blue'}
      leftSection={<IconFileSearch size={15} />}
      rightSection={<IconArrowBackUp size={14} />}
      title={file?.reason ?? 'Back to live traffic'}
      aria-label={`${file?.name ?? 'The opened file'}: back to live traffic`}
    >
      <Text size="xs" truncate maw={180}>
        {isGone ? 'This file is closed' : (file?.name ?? 'Opened file')}
      </Text>
    </Button>
  );
}
