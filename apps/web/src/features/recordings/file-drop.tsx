/** A recording, capture or HAR file dropped anywhere on the page is opened. */

import { Button, Group, Overlay, Paper, Text } from '@mantine/core';
import { IconFileSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import classes from './recordings.module.css';
import { useOpenFile } from './use-open-file.ts';

const hasFiles = ({ dataTransfer }: DragEvent): boolean => dataTransfer?.types.includes('Files') === true;

export function FileDrop() {
  const { opening, open } = useOpenFile();
  const [isOver, setOver] = useState(false);
  const latest = useRef(open);
  useEffect(() => {
    latest.current = open;
  }, [open]);
  useEffect(() => {
    const over = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      // Without it the browser would leave the page and show the file itself.
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) latest.current(file);
    };
    const ended = new AbortController();
    const { signal } = ended;
    document.addEventListener('dragover', over, { signal });
    document.addEventListener('dragleave', leave, { signal });
    document.addEventListener('drop', drop, { signal });
    return () => ended.abort();
  }, []);
  if (!isOver && opening === null) return null;
  return (
    <Overlay fixed className={classes['drop'] ?? ''} backgroundOpacity={0.5} zIndex={400}>
      <Paper p="lg" shadow="md" role="status">
        <Group gap="sm">
          <IconFileSearch size={28} stroke={1.4} />
          <Text>
            {opening === null ? 'Drop a recording, capture or HAR file to open it' : `Opening ${opening.name} …`}
          </Text>
          {opening !== null && (
            <Button variant="default" onClick={opening.cancel}>
              Cancel
            </Button>
          )}
        </Group>
      </Paper>
    </Overlay>
  );
}
